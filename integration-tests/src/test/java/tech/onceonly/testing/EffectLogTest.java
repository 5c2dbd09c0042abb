package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EffectLogTest {

  private static final int EFFECTS = 500;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("effects");
  }

  @Test
  void aMissingFileHoldsNothing() {
    assertThat(EffectLog.read(file)).isEqualTo(new Effects(List.of(), 0));
  }

  @Test
  void countsPerKey() {
    try (EffectLog log = EffectLog.open(file)) {
      log.record("a", "first");
      log.record("b", "");
      log.record("a", "second");
    }

    Effects effects = EffectLog.read(file);
    assertThat(EffectLog.counts(file)).isEqualTo(Map.of("a", 2, "b", 1));
    assertThat(effects.doubled()).containsExactly("a");
    assertThat(effects.lost(Set.of("a", "b", "c"))).containsExactly("c");
    assertThat(effects.torn()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "tab\tand\nline\r", "back\\slash\\0009", "größe €", "\ud800", "\0"})
  void givesBackAnyText(String text) {
    try (EffectLog log = EffectLog.open(file)) {
      log.record(text, text);
    }

    assertThat(EffectLog.read(file).all()).containsExactly(new EffectLog.Effect(text, text));
  }

  @Test
  void tellsALineThatWasCutShortWhereverItWasCut() throws IOException {
    try (EffectLog log = EffectLog.open(file)) {
      log.record("key", "detail");
    }
    byte[] whole = Files.readAllBytes(file);

    for (int cut = 2; cut < whole.length - 1; cut++) {
      Files.write(file, Arrays.copyOf(whole, cut));
      assertThat(EffectLog.read(file).all()).as("cut at %d", cut).isEmpty();
      assertThat(EffectLog.read(file).torn()).as("cut at %d", cut).isEqualTo(1);
    }
  }

  @Test
  void aLineThatWasCutShortDoesNotSpoilTheNext() throws IOException {
    Files.writeString(file, "\nkey\tdet", StandardOpenOption.CREATE);
    try (EffectLog log = EffectLog.open(file)) {
      log.record("next", "whole");
    }

    assertThat(EffectLog.read(file).perKey()).isEqualTo(Map.of("next", 1));
    assertThat(EffectLog.read(file).torn()).isEqualTo(1);
  }

  /** Records effects, says so after each, and goes on until it is killed. */
  static final class Recorder {
    public static void main(String[] arguments) {
      try (EffectLog log = EffectLog.open(Path.of(arguments[0]))) {
        for (int i = 0; ; i++) {
          log.record(arguments[1] + "-" + i, "x".repeat(i % 3_000));
          System.out.println(i);
        }
      }
    }
  }

  @Test
  void keepsWhatTwoProcessesRecordedBeforeTheyWereKilled() {
    try (JavaProcess one = recorder("one");
        JavaProcess two = recorder("two")) {
      one.awaitLine(line -> line.equals(String.valueOf(EFFECTS)), Duration.ofSeconds(30));
      two.awaitLine(line -> line.equals(String.valueOf(EFFECTS)), Duration.ofSeconds(30));
      one.kill();
      two.kill();

      Effects effects = EffectLog.read(file);
      assertThat(effects.torn()).isLessThanOrEqualTo(2);
      assertThat(effects.doubled()).isEmpty();
      assertThat(effects.perKey().keySet())
          .containsAll(IntStream.rangeClosed(0, EFFECTS).mapToObj(i -> "one-" + i).toList())
          .containsAll(IntStream.rangeClosed(0, EFFECTS).mapToObj(i -> "two-" + i).toList());
    }
  }

  private JavaProcess recorder(String name) {
    return JavaProcess.of(Recorder.class).arguments(file.toString(), name).start();
  }
}
