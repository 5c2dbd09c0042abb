package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Many threads at once on few keys: every answer has to be one that some order of the operations
 * gives, see {@link History#assertLinearizable}; a part of {@link ClaimStoreContract}. The seed
 * gives the operations, {@code -Dlinearizability.seed=N} other ones; their order is the threads'.
 */
abstract class LinearizabilityContract extends StoreFixture {
  private static final int HISTORIES = 20;

  @RepeatedTest(5)
  void answersToManyAtOnceAreThoseOfSomeOrder(RepetitionInfo repetition) throws Exception {
    long seed = Long.getLong("linearizability.seed", 0) + repetition.getCurrentRepetition();
    Random random = new Random(seed);
    for (int i = 0; i < HISTORIES; i++) {
      History history =
          new ConcurrentRounds(this, List.of("a" + i, "b" + i), ConcurrentRounds.THREADS)
              .run(random);
      assertThat(history.unanswered()).isEmpty();
      try {
        history.assertLinearizable();
      } catch (AssertionError e) {
        throw new AssertionError("-Dlinearizability.seed=" + (seed - 1), e);
      }
    }
  }
}
