package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.kafka.annotation.KafkaListener;
import tech.onceonly.Mode;
import tech.onceonly.client.CallInProgressException;
import tech.onceonly.client.DuplicateCallException;
import tech.onceonly.client.OnceOnly;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.client.UnauthorizedException;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.spring.Idempotent;
import tech.onceonly.spring.OnDuplicate;

/** Calls of annotated methods, through the real server. */
class IdempotentCallsTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private static final Duration LONG = Duration.ofSeconds(30);

  record Order(String id, int cents) {}

  record Receipt(String order, int number) {}

  /** What has no JSON form, so that it is not stored. */
  static final class Opaque {}

  /** Apart from the bean, whose proxy shares no field with it. */
  static class State {
    final AtomicInteger runs = new AtomicInteger();
    volatile boolean fails;
    volatile CompletableFuture<Receipt> stage = new CompletableFuture<>();
    volatile String thread = "";
  }

  static class Payments {
    private final State state;

    Payments(State state) {
      this.state = state;
    }

    @Idempotent
    Receipt charge(Order order) {
      return run(order.id());
    }

    @Idempotent(key = "#order.id", name = "charge-${region:eu}")
    public List<Receipt> named(Order order) {
      return List.of(run(order.id()));
    }

    @Idempotent(key = "#a0 + '/' + @suffix")
    void mail(String order) {
      run(order);
    }

    @Idempotent(key = "#id")
    void any(@Nullable Object id) {
      run("any");
    }

    @Idempotent(key = "#id", condition = "#cents > 0")
    int conditional(String id, int cents) {
      return run(id).number();
    }

    @Idempotent(key = "#id", mode = Mode.CHECK_LOCK, ttl = "${mail.ttl:2h}")
    int locked(String id) {
      return run(id).number();
    }

    @Idempotent(key = "#id", onDuplicate = OnDuplicate.RETURN_NULL)
    @Nullable Receipt quiet(String id) {
      return run(id);
    }

    @Idempotent(key = "#id", onDuplicate = OnDuplicate.THROW)
    Receipt loud(String id) {
      return run(id);
    }

    @Idempotent(key = "#id")
    CompletableFuture<Receipt> later(String id) {
      state.thread = Thread.currentThread().getName();
      state.runs.incrementAndGet();
      return state.stage;
    }

    @Idempotent(key = "#id", waitForOthers = "0s")
    Receipt nested(String id, Payments proxy) {
      state.runs.incrementAndGet();
      return proxy.nested(id, proxy);
    }

    @Idempotent(key = "#id")
    Opaque opaque(String id) {
      run(id);
      return new Opaque();
    }

    @Idempotent(key = "#id")
    @KafkaListener(id = "opaque", topics = "t", autoStartup = "false")
    public @Nullable Opaque listen(String id) {
      run(id);
      return new Opaque();
    }

    private Receipt run(String order) {
      int number = state.runs.incrementAndGet();
      if (state.fails) {
        throw new IllegalStateException("declined");
      }
      return new Receipt(order, number);
    }
  }

  private interface Scenario {
    void with(Payments payments, State state);
  }

  private static void run(Scenario test, String... properties) {
    Contexts.at(server)
        .withPropertyValues(properties)
        .withBean(State.class)
        .withBean("payments", Payments.class)
        .withBean("suffix", String.class, () -> "mail")
        .withBean(
            "applicationTaskExecutor",
            Executor.class,
            () -> task -> new Thread(task, "of-the-application").start())
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).hasSingleBean(OnceOnlyClient.class);
              test.with(context.getBean(Payments.class), context.getBean(State.class));
            });
  }

  @Test
  void aMethodRunsOnceForEqualArgumentsAndItsResultIsReplayed() {
    run(
        (payments, state) -> {
          assertThat(payments.charge(new Order("o-1", 5))).isEqualTo(new Receipt("o-1", 1));
          assertThat(payments.charge(new Order("o-1", 5))).isEqualTo(new Receipt("o-1", 1));
          assertThat(payments.charge(new Order("o-1", 6))).isEqualTo(new Receipt("o-1", 2));
          String text = OnceOnly.key("IdempotentCallsTest.Payments.charge", new Order("o-1", 5));
          server.assertCompleted("shop:IdempotentCallsTest.Payments.charge:" + text);
        });
  }

  @Test
  void aResultOfAGenericTypeIsReplayedUnderTheNameAndNamespaceThatWereGiven() {
    run(
        (payments, state) -> {
          assertThat(payments.named(new Order("o-1", 5))).containsExactly(new Receipt("o-1", 1));
          assertThat(payments.named(new Order("o-1", 6))).containsExactly(new Receipt("o-1", 1));
          server.assertCompleted("billing:charge-eu:o-1");
        },
        "onceonly.idempotent.namespace=billing");
  }

  @Test
  void aMethodWithoutAResultIsSkippedAndAKeyMayAskABean() {
    run(
        (payments, state) -> {
          payments.mail("o-1");
          payments.mail("o-1");
          assertThat(state.runs).hasValue(1);
          server.assertCompleted("shop:IdempotentCallsTest.Payments.mail:o-1/mail");
        });
  }

  @Test
  void aMethodThatFailsRunsAgain() {
    run(
        (payments, state) -> {
          state.fails = true;
          assertThatThrownBy(() -> payments.mail("o-1")).hasMessage("declined");
          state.fails = false;
          payments.mail("o-1");
          payments.mail("o-1");
          assertThat(state.runs).hasValue(2);
        });
  }

  @Test
  void aCallWithoutAKeyIsRefusedAndDoesNotRun() {
    run(
        (payments, state) -> {
          for (Object none :
              new @Nullable Object[] {null, "", "  ", new Order("o", 1), List.of()}) {
            assertThatThrownBy(() -> payments.any(none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("IdempotentCallsTest.Payments.any")
                .hasMessageContaining("#id")
                .hasMessageContaining("was not run");
          }
          assertThatThrownBy(() -> payments.named(null))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageContaining("IdempotentCallsTest.Payments.named");
          assertThat(state.runs).hasValue(0);
          server.assertNoClaim();
          UUID id = UUID.randomUUID();
          payments.any(id);
          payments.any(Mode.LEASE);
          payments.any(7L);
          server.assertCompleted(id.toString());
          server.assertCompleted("LEASE");
          server.assertCompleted("7");
        });
  }

  @Test
  void whereTheConditionIsFalseACallRunsWithoutAClaim() {
    run(
        (payments, state) -> {
          assertThat(payments.conditional("o-1", 0)).isEqualTo(1);
          assertThat(payments.conditional("o-1", 0)).isEqualTo(2);
          server.assertNoClaim();
          assertThat(payments.conditional("o-1", 5)).isEqualTo(3);
          assertThat(payments.conditional("o-1", 5)).isEqualTo(3);
        });
  }

  @Test
  void inCheckLockModeADuplicateThrowsAndTheClaimEndsWithItsTtl() {
    run(
        (payments, state) -> {
          assertThat(payments.locked("o-1")).isEqualTo(1);
          assertThatThrownBy(() -> payments.locked("o-1"))
              .isInstanceOf(DuplicateCallException.class);
          server.advance(Duration.ofMinutes(119));
          assertThatThrownBy(() -> payments.locked("o-1"))
              .isInstanceOf(DuplicateCallException.class);
          server.advance(Duration.ofMinutes(2));
          assertThat(payments.locked("o-1")).isEqualTo(2);
        });
  }

  @Test
  void aDuplicateGetsNullOrAnExceptionAsTheMethodSays() {
    run(
        (payments, state) -> {
          assertThat(payments.quiet("o-1")).isEqualTo(new Receipt("o-1", 1));
          assertThat(payments.quiet("o-1")).isNull();
          assertThat(payments.loud("o-1")).isEqualTo(new Receipt("o-1", 2));
          assertThatThrownBy(() -> payments.loud("o-1")).isInstanceOf(DuplicateCallException.class);
        });
  }

  @Test
  void aResultThatIsNotToBeHadThrowsButNotAtAListenersErrorHandler() {
    run(
        (payments, state) -> {
          assertThat(payments.opaque("o-1")).isNotNull();
          assertThatThrownBy(() -> payments.opaque("o-1"))
              .isInstanceOf(DuplicateCallException.class);
          assertThat(payments.listen("o-1")).isNotNull();
          assertThat(payments.listen("o-1")).isNull();
          assertThat(state.runs).hasValue(2);
        });
  }

  @Test
  void aListenerIsClaimedByLeaseSoThatItsRetryRuns() {
    run(
        (payments, state) -> {
          state.fails = true;
          assertThatThrownBy(() -> payments.listen("o-1")).hasMessage("declined");
          state.fails = false;
          assertThat(payments.listen("o-1")).isNotNull();
          server.assertCompleted("shop:IdempotentCallsTest.Payments.listen:o-1");
        },
        "onceonly.idempotent.mode=check-lock");
  }

  @Test
  void aStageIsClaimedUntilItEndsAndRunsOnTheApplicationsExecutor() {
    run(
        (payments, state) -> {
          CompletableFuture<Receipt> work = new CompletableFuture<>();
          state.stage = work;
          CompletableFuture<Receipt> first = payments.later("o-1");
          work.complete(new Receipt("o-1", 1));
          assertThat(first).succeedsWithin(LONG).isEqualTo(new Receipt("o-1", 1));
          assertThat(state.thread).isEqualTo("of-the-application");
          assertThat(payments.later("o-1")).succeedsWithin(LONG).isEqualTo(new Receipt("o-1", 1));
          assertThat(state.runs).hasValue(1);

          state.stage = CompletableFuture.failedFuture(new IllegalStateException("declined"));
          assertThat(payments.later("o-2")).failsWithin(LONG);
          state.stage = CompletableFuture.completedFuture(new Receipt("o-2", 2));
          assertThat(payments.later("o-2")).succeedsWithin(LONG).isEqualTo(new Receipt("o-2", 2));
        });
  }

  @Test
  void aCallInProgressIsNotRunBeside() {
    run(
        (payments, state) -> {
          assertThatThrownBy(() -> payments.nested("o-1", payments))
              .isInstanceOf(CallInProgressException.class);
          assertThat(state.runs).hasValue(1);
        });
  }

  @Test
  void aRefusalStopsTheCallAndAnOutageDoesNot() {
    run(
        (payments, state) -> {
          server.answer(401);
          assertThatThrownBy(() -> payments.mail("o-1")).isInstanceOf(UnauthorizedException.class);
          assertThat(state.runs).hasValue(0);
          server.answer(503);
          payments.mail("o-1");
          assertThat(state.runs).hasValue(1);
        });
  }

  @Test
  void callsAreCountedByNameAndDecision() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Contexts.at(server)
        .withBean(State.class)
        .withBean(Payments.class)
        .withBean("suffix", String.class, () -> "mail")
        .withBean(MeterRegistry.class, () -> registry)
        .run(
            context -> {
              Payments payments = context.getBean(Payments.class);
              payments.mail("o-1");
              payments.mail("o-1");
              payments.mail("o-2");
            });
    for (Map.Entry<String, Double> count : Map.of("run", 2.0, "duplicate", 1.0).entrySet()) {
      assertThat(
              registry
                  .get("onceonly.calls")
                  .tags("name", "IdempotentCallsTest.Payments.mail", "decision", count.getKey())
                  .counter()
                  .count())
          .isEqualTo(count.getValue());
    }
  }

  @Test
  void switchedOffMethodsRunUnprotected() {
    run(
        (payments, state) -> {
          payments.mail("o-1");
          payments.mail("o-1");
          assertThat(state.runs).hasValue(2);
        },
        "onceonly.idempotent.enabled=false");
  }
}
