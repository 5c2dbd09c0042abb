package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import tech.onceonly.server.store.SettableClock;

class RateLimitTest {
  private final SettableClock clock = new SettableClock();

  @Test
  void aSecondsWorthPassesAtOnceAndThenOneAtATime() {
    RateLimit rate = new RateLimit(4, clock);
    for (int i = 0; i < 4; i++) {
      assertThat(rate.take()).isNull();
    }
    assertThat(rate.take()).isEqualTo(Duration.ofMillis(250));
    clock.advance(Duration.ofMillis(249));
    assertThat(rate.take()).isEqualTo(Duration.ofMillis(1));
    clock.advance(Duration.ofMillis(1));
    assertThat(rate.take()).isNull();
    assertThat(rate.take()).isNotNull();
  }

  @Test
  void inTheLongRunItIsWhatWasSet() {
    RateLimit rate = new RateLimit(300, clock);
    int taken = 0;
    for (int millis = 0; millis < 10_000; millis++) {
      while (rate.take() == null) {
        taken++;
      }
      clock.advance(Duration.ofMillis(1));
    }
    assertThat(taken).isBetween(3_290, 3_300);
  }

  @Test
  void aClockThatIsSetBackShutsNobodyOut() {
    RateLimit rate = new RateLimit(1, clock);
    assertThat(rate.take()).isNull();
    clock.advance(Duration.ofDays(-1));
    assertThat(rate.take()).isNull();
  }

  @Test
  void withoutALimitEverythingPasses() {
    RateLimit rate = new RateLimit(null, clock);
    for (int i = 0; i < 1_000; i++) {
      assertThat(rate.take()).isNull();
    }
  }
}
