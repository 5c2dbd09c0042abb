package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.kafka.annotation.KafkaListener;
import tech.onceonly.Mode;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.spring.Idempotent;
import tech.onceonly.spring.OnDuplicate;

/** What an annotated method must not be fails the start, with the method's name and the mend. */
class IdempotentStartTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  static class Good {
    @Idempotent(key = "#a.length() + target.toString() + args[0] + {1, 2}.![#this + 1][0]")
    public void run(String a) {}
  }

  static class NoSpel {
    @Idempotent(key = "#a +")
    public void run(String a) {}
  }

  static class UnknownParameter {
    @Idempotent(key = "#orderId")
    public void run(String a) {}
  }

  static class NoSuchNumber {
    @Idempotent(key = "#a1")
    public void run(String a) {}
  }

  static class ForgottenHash {
    @Idempotent(key = "a.length()", condition = "true")
    public void run(String a) {}
  }

  static class UnknownInCondition {
    @Idempotent(condition = "#result != null")
    public void run(String a) {}
  }

  static class Primitive {
    @Idempotent(onDuplicate = OnDuplicate.RETURN_NULL)
    public int run(String a) {
      return 1;
    }
  }

  static class ReplayedByCheckLock {
    @Idempotent(mode = Mode.CHECK_LOCK, onDuplicate = OnDuplicate.REPLAY)
    public String run(String a) {
      return a;
    }
  }

  static class UnknownResult {
    @Idempotent
    public CompletableFuture<?> run(String a) {
      return new CompletableFuture<>();
    }
  }

  static class TwoModes {
    @Idempotent(mode = {Mode.LEASE, Mode.CHECK_LOCK})
    public void run(String a) {}
  }

  static class BadTtl {
    @Idempotent(ttl = "1500ms")
    public void run(String a) {}
  }

  static class NoDuration {
    @Idempotent(ttl = "soon")
    public void run(String a) {}
  }

  static class PlainFuture {
    @Idempotent
    public FutureTask<String> run(String a) {
      return new FutureTask<>(() -> a);
    }
  }

  static class Published {
    @Idempotent
    public Flow.@Nullable Publisher<String> run(String a) {
      return null;
    }
  }

  static class Streamed {
    @Idempotent
    public Stream<String> run(String a) {
      return Stream.of(a);
    }
  }

  static class Private {
    @Idempotent
    @SuppressWarnings("UnusedMethod")
    private void run(String a) {}
  }

  static class FinalMethod {
    @Idempotent
    public final void run(String a) {}
  }

  static final class FinalClass {
    @Idempotent
    public void run(String a) {}
  }

  static class NoArguments {
    @Idempotent
    public void run() {}
  }

  static class Overloaded {
    @Idempotent(key = "#a")
    public void run(String a) {}

    @Idempotent(key = "#a")
    public void run(Integer a) {}
  }

  static class ListenerWithoutKey {
    @Idempotent
    @KafkaListener(id = "l", topics = "t", autoStartup = "false")
    public void run(String a) {}
  }

  static class ListenerByCheckLock {
    @Idempotent(key = "#a", mode = Mode.CHECK_LOCK)
    @KafkaListener(id = "l", topics = "t", autoStartup = "false")
    public void run(String a) {}
  }

  @Test
  void anExpressionMayUseWhatTheCallHas() {
    Contexts.at(server)
        .withBean(Good.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              context.getBean(Good.class).run("x");
            });
  }

  @Test
  void anExpressionThatCannotWorkIsRefused() {
    assertRefused(NoSpel.class, "\"#a +\"", "no SpEL expression");
    assertRefused(UnknownParameter.class, "#orderId", "no such parameter", "[a]");
    assertRefused(NoSuchNumber.class, "#a1", "no such parameter");
    assertRefused(ForgottenHash.class, "names a,", "#a");
    assertRefused(UnknownInCondition.class, "condition", "#result");
  }

  @Test
  void whatADuplicateWouldGetMustBePossible() {
    assertRefused(Primitive.class, "int", "onDuplicate");
    assertRefused(ReplayedByCheckLock.class, "check-lock", "Mode.LEASE");
    assertRefused(UnknownResult.class, "type is not known", "onDuplicate");
  }

  @Test
  void settingsThatCannotWorkAreRefused() {
    assertRefused(TwoModes.class, "more than one mode");
    assertRefused(BadTtl.class, "whole seconds");
    assertRefused(NoDuration.class, "soon");
  }

  @Test
  void whatReturnsBeforeItsWorkIsDoneIsRefused() {
    assertRefused(PlainFuture.class, "FutureTask", "CompletableFuture");
    assertRefused(Published.class, "Publisher", "CompletableFuture");
    assertRefused(Streamed.class, "Stream");
  }

  @Test
  void whatNoProxyCanStandBeforeIsRefused() {
    assertRefused(Private.class, "private", "proxy");
    assertRefused(FinalMethod.class, "final", "proxy");
    assertRefused(FinalClass.class, "class is final", "proxy");
  }

  @Test
  void callsThatWouldShareAKeyByAccidentAreRefused() {
    assertRefused(NoArguments.class, "no arguments", "key");
    assertRefused(Overloaded.class, "different names");
    assertRefused(
        Contexts.at(server).withBean("a", Good.class).withBean("b", Good.class),
        "Good.run",
        "bean a",
        "bean b");
    assertRefused(
        Contexts.at(server).withPropertyValues("spring.application.name=").withBean(Good.class),
        "Good.run",
        "spring.application.name");
  }

  @Test
  void aListenerMustHaveAKeyAndALease() {
    assertRefused(ListenerWithoutKey.class, "listener", "key");
    assertRefused(ListenerByCheckLock.class, "listener", "onceonly.kafka.mode");
  }

  private static void assertRefused(Class<?> bean, String... words) {
    assertRefused(
        Contexts.at(server).withBean(bean),
        Stream.concat(Stream.of(bean.getSimpleName() + ".run"), Stream.of(words))
            .toArray(String[]::new));
  }

  private static void assertRefused(ApplicationContextRunner runner, String... words) {
    runner.run(
        context -> {
          assertThat(context).hasFailed();
          assertThat(Contexts.refusal(context.getStartupFailure())).contains(words);
        });
  }
}
