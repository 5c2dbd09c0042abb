package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Random operations on few keys, alone and together, with a clock that leaps now and then, against
 * {@link StoreModel}; a part of {@link ClaimStoreContract}. A seed is a history: it can be run
 * again.
 */
abstract class ModelContract extends ClockContract {
  private static final int HISTORIES = 20;
  private static final int STEPS = 300;
  private static final List<String> KEYS = List.of("a", "b", "ß/c");
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

  private final StoreModel model = new StoreModel();

  @RepeatedTest(HISTORIES)
  void everyAnswerIsTheModels(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    run(random, LEAPS);
  }

  /** Nothing is forgotten early: the model forgets by the clock, and by nothing else. */
  @RepeatedTest(5)
  void everyAnswerIsTheModelsWhileTheClockIsSetBack(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    run(random, LEAPS.stream().map(Duration::negated).toList());
  }

  private void run(Random random, List<Duration> leaps) {
    List<String> history = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      switch (random.nextInt(10)) {
        case 0, 1 -> leap(leaps.get(random.nextInt(leaps.size())), history);
        case 2 -> carryOutTogether(random, history);
        case 3 -> store.housekeep();
        case 4 -> freeByOperator(random, history);
        default -> carryOut(StoreStep.random(KEYS, random), history);
      }
    }
  }

  private void leap(Duration by, List<String> history) {
    clock.advance(by);
    history.add("clock by " + by);
  }

  private void carryOut(StoreStep step, List<String> history) {
    history.add(step.told());
    assertThat(await(step.asked().apply(store))).as("%s", history).isEqualTo(modelled(step));
  }

  private void carryOutTogether(Random random, List<String> history) {
    List<StoreStep> steps = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      steps.add(StoreStep.random(KEYS, random));
    }
    List<Future<String>> answers = new ArrayList<>();
    together(batch -> steps.forEach(step -> answers.add(step.asked().apply(batch))));
    for (int i = 0; i < steps.size(); i++) {
      history.add("together " + steps.get(i).told());
      assertThat(await(answers.get(i))).as("%s", history).isEqualTo(modelled(steps.get(i)));
    }
  }

  private void freeByOperator(Random random, List<String> history) {
    KeyStore keys = store.keys();
    if (keys != null) {
      carryOut(StoreStep.free(KEYS.get(random.nextInt(KEYS.size())), keys), history);
    }
  }

  private String modelled(StoreStep step) {
    return step.modelled().answer(model, clock.millis());
  }
}
