package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FinishedKeysTest {
  private static final int MOST = 100;
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - MINUTE / 2);

  @Test
  void remembersAtMostItsBoundAndTheLatestHalfAtLeast() {
    FinishedKeys finished = finished(MOST);
    for (int i = 0; i < 1_000; i++) {
      finished.addCompleted(key(i), null);
      int latest = i;
      assertThat(known(finished, i + 1)).hasSizeLessThanOrEqualTo(MOST);
      assertThat(IntStream.range(Math.max(0, i - MOST / 2 + 1), i + 1))
          .as("the latest, after %d", latest)
          .allMatch(each -> finished.contains(key(each)));
    }
  }

  @Test
  void remembersOneWhereTheBoundIsOne() {
    FinishedKeys finished = finished(1);
    finished.addCompleted(key(1), null);
    assertThat(known(finished, 3)).containsExactly(1);
    finished.addCompleted(key(2), null);
    assertThat(known(finished, 3)).containsExactly(2);
  }

  @Test
  void remembersNothingWhereItIsOff() {
    FinishedKeys finished = finished(0);
    finished.addCompleted(key(1), null);
    assertThat(known(finished, 3)).isEmpty();
  }

  @Test
  void forgetsWithTheServiceAndWithTheSettingWhicheverIsFirst() {
    FinishedKeys finished = finished(MOST);
    finished.add(key(1), "print", MINUTE / 4);
    finished.add(key(2), null, 10 * MINUTE);
    assertThat(finished.find(key(1))).extracting("fingerprint").isEqualTo("print");

    now.addAndGet(MINUTE / 4 - 1);
    assertThat(known(finished, 3)).containsExactly(1, 2);
    now.addAndGet(1);
    assertThat(known(finished, 3)).containsExactly(2);
    now.addAndGet(MINUTE); // past the ticker's own end
    assertThat(known(finished, 3)).isEmpty();
  }

  @Test
  void whatIsToHappenAgainIsForgottenWhereverItLies() {
    FinishedKeys finished = finished(MOST);
    IntStream.range(0, MOST / 2 + 1).forEach(i -> finished.addCompleted(key(i), null));
    finished.addCompleted(key(0), null); // in the old half, and anew
    finished.forget(key(0));
    finished.forget(key(1));
    assertThat(finished.contains(key(0))).isFalse();
    assertThat(finished.contains(key(1))).isFalse();
    assertThat(finished.contains(key(2))).isTrue();
  }

  private static List<Integer> known(FinishedKeys finished, int below) {
    return IntStream.range(0, below).filter(i -> finished.contains(key(i))).boxed().toList();
  }

  private static IdempotencyKey key(int i) {
    return IdempotencyKey.of("payment-" + i);
  }

  private FinishedKeys finished(int most) {
    return new FinishedKeys(
        GuardOptions.builder(
                new KeyScheme("g", KeyScheme.DEFAULT_GENERATION, List.of(KeySources.position())))
            .nanoTime(now::get)
            .finishedCacheTtl(Duration.ofNanos(MINUTE))
            .finishedCacheSize(most)
            .build());
  }
}
