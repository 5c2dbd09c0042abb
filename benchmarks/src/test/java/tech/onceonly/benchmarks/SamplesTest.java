package tech.onceonly.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SamplesTest {

  @Test
  void partsAreOfAllSamplesInWhateverOrder() {
    Samples samples = new Samples();
    LongStream.rangeClosed(1, 2_000).map(i -> (i * 7) % 2_001).forEach(i -> samples.add(i * 1_000));

    assertThat(samples.millis(0.5)).isEqualTo(1.0);
    assertThat(samples.millis(0.99)).isEqualTo(1.98);
    assertThat(samples.millis(1)).isEqualTo(2.0);
  }

  @Test
  void ofNothingNothingIsTold() {
    assertThatThrownBy(() -> new Samples().millis(0.5)).isInstanceOf(IllegalStateException.class);
  }
}
