package tech.onceonly.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.testing.JavaProcess;

/** The demo as a user starts it, on few payments. */
class DemoIT {

  @ParameterizedTest
  @ValueSource(strings = {"--jms", "--duplicate-every=10"})
  void everyPromiseIsKeptAndEveryProtectionHasItsLine(String option) {
    try (JavaProcess demo =
        JavaProcess.of(DemoMain.class).arguments(option, "--payments=200", "--kills=1").start()) {
      assertThat(demo.awaitExit(Duration.ofMinutes(4)))
          .as(() -> String.join("\n", demo.lines()) + String.join("\n", demo.errorLines()))
          .isZero();
      assertThat(demo.lines())
          .anyMatch(line -> line.matches("none +220 .* 0"))
          .anyMatch(line -> line.matches("check-lock +220 .* [01]"))
          .anyMatch(line -> line.matches("lease +220 .* 0"));
    }
  }
}
