package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ClientTimerTest {

  @Test
  void whatWaitsRunsAtCloseAndWhatComesLaterAtOnce() {
    AtomicInteger runs = new AtomicInteger();
    ClientTimer timer = new ClientTimer();
    timer.after(Duration.ofHours(1), runs::incrementAndGet);
    timer.after(Duration.ofHours(1), runs::incrementAndGet);
    assertThat(runs).hasValue(0);
    timer.close();
    assertThat(runs).hasValue(2);
    timer.after(Duration.ofHours(1), runs::incrementAndGet);
    assertThat(runs).hasValue(3);
    timer.close();
    assertThat(runs).hasValue(3);
  }
}
