package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Random operations on few keys, alone and together, with a clock that leaps now and then, against
 * {@link StoreModel}; a part of {@link ClaimStoreContract}. A seed is a history: it can be run
 * again.
 */
abstract class ModelContract extends StoreFixture {
  private static final int HISTORIES = 20;
  private static final int STEPS = 300;
  private static final List<String> KEYS = List.of("a", "b", "ß/c");
  private static final List<String> OWNERS = List.of("o1", "o2", "o3");
  private static final List<String> FINGERPRINTS = List.of("f1", "f2", "");
  private static final List<Duration> LEAPS =
      List.of(
          MILLI,
          Duration.ofSeconds(1),
          Duration.ofSeconds(1).minus(MILLI),
          Duration.ofSeconds(10),
          Duration.ofMinutes(5).minus(MILLI),
          Duration.ofDays(1),
          Duration.ofDays(7).minus(MILLI),
          Duration.ofDays(7));

  /** An operation: what a store is asked, and what the model says. */
  private record Step(
      String told, Function<ClaimStore, Future<String>> asked, Function<Long, String> modelled) {}

  private final StoreModel model = new StoreModel();

  @RepeatedTest(HISTORIES)
  void everyAnswerIsTheModels(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    List<String> history = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      switch (random.nextInt(10)) {
        case 0, 1 -> leap(LEAPS.get(random.nextInt(LEAPS.size())), history);
        case 2 -> carryOutTogether(random, history);
        case 3 -> store.housekeep();
        case 4 -> freeByOperator(random, history);
        default -> carryOut(step(random), history);
      }
    }
  }

  private void leap(Duration by, List<String> history) {
    clock.advance(by);
    history.add("+" + by);
  }

  private void carryOut(Step step, List<String> history) {
    history.add(step.told());
    assertThat(await(step.asked().apply(store)))
        .as("%s", history)
        .isEqualTo(step.modelled().apply(clock.millis()));
  }

  private void carryOutTogether(Random random, List<String> history) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      steps.add(step(random));
    }
    List<Future<String>> answers = new ArrayList<>();
    together(batch -> steps.forEach(step -> answers.add(step.asked().apply(batch))));
    for (int i = 0; i < steps.size(); i++) {
      history.add("together " + steps.get(i).told());
      assertThat(await(answers.get(i)))
          .as("%s", history)
          .isEqualTo(steps.get(i).modelled().apply(clock.millis()));
    }
  }

  private Step step(Random random) {
    String key = KEYS.get(random.nextInt(KEYS.size()));
    String owner = OWNERS.get(random.nextInt(OWNERS.size()));
    long ttl = random.nextBoolean() ? 1 : 10;
    String any = FINGERPRINTS.get(random.nextInt(FINGERPRINTS.size()));
    String print = any.isEmpty() ? null : any;
    String told = "%s by %s of %s for %d s: ".formatted(key, owner, print, ttl);
    return switch (random.nextInt(9)) {
      case 0, 1 ->
          new Step(
              told + "check-lock",
              s -> s.checkLock(key, ttl, owner, fingerprint(print)).map(ModelContract::told),
              now -> model.checkLock(key, owner, print, ttl, now));
      case 2 ->
          new Step(
              told + "release",
              s -> s.release(key, owner).map(String::valueOf),
              now -> model.release(key, owner, now));
      case 3, 4 ->
          new Step(
              told + "lease",
              s -> s.lease(key, ttl, owner, fingerprint(print)).map(ModelContract::told),
              now -> model.lease(key, owner, print, ttl, now));
      case 5 -> settling(told + "extend", s -> s.extend(key, owner, ttl), key, owner, "held", ttl);
      case 6 ->
          settling(
              told + "complete",
              s -> s.complete(key, owner, null, "h"),
              key,
              owner,
              "completed",
              ttl);
      case 7 ->
          random.nextBoolean()
              ? settling(told + "fail", s -> s.fail(key, owner, "e"), key, owner, "failed", ttl)
              : settling(told + "cancel", s -> s.cancel(key, owner), key, owner, "cancelled", ttl);
      default ->
          new Step(
              key + ": found",
              s -> s.find(key).map(view -> view.status().name()),
              now -> model.status(key, now));
    };
  }

  private Step settling(
      String told,
      Function<ClaimStore, Future<SettleAnswer>> asked,
      String key,
      String owner,
      String becomes,
      long ttl) {
    return new Step(
        told,
        s -> asked.apply(s).map(ModelContract::told),
        now -> model.settle(key, owner, becomes, ttl, now));
  }

  private void freeByOperator(Random random, List<String> history) {
    KeyStore keys = store.keys();
    if (keys == null) {
      return;
    }
    String key = KEYS.get(random.nextInt(KEYS.size()));
    carryOut(
        new Step(
            key + ": freed",
            s -> keys.free(key).map(ModelContract::told),
            now -> model.free(key, now)),
        history);
  }

  private static String told(KeyView view) {
    return (view.claim() == null ? "unclaimed " : "claimed ")
        + (view.lease() == null ? "FREE" : view.lease().status().name());
  }

  private static String told(boolean fingerprintMismatch) {
    return fingerprintMismatch ? " MISMATCH" : "";
  }

  private static String told(CheckLockAnswer answer) {
    return answer.verdict().name() + told(answer.fingerprintMismatch());
  }

  private static String told(LeaseAnswer answer) {
    if (answer instanceof LeaseAnswer.Acquired acquired) {
      return "acquired v" + acquired.view().version();
    }
    LeaseAnswer.Taken taken = (LeaseAnswer.Taken) answer;
    LeaseView view = taken.view();
    return "taken " + view.status() + " v" + view.version() + told(taken.fingerprintMismatch());
  }

  private static String told(SettleAnswer answer) {
    if (answer instanceof SettleAnswer.Settled settled) {
      return "settled " + settled.view().status() + " v" + settled.view().version();
    }
    return "lost " + ((SettleAnswer.Lost) answer).present().status();
  }
}
