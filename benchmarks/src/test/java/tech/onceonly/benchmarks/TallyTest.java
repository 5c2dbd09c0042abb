package tech.onceonly.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TallyTest {

  @Test
  void oneEffectForEachMessageIsARate() throws InterruptedException {
    Tally tally = new Tally(2);
    tally.effect(1);
    assertThat(tally.isEnded()).isFalse();
    tally.effect(0);

    tally.await();
    assertThat(tally.isEnded()).isTrue();
    assertThat(tally.rate()).isPositive();
  }

  @Test
  void aDoubledEffectFailsTheRunThoughThereAreAsManyEffectsAsMessages() {
    Tally tally = new Tally(2);
    tally.effect(0);
    tally.effect(0);

    assertThatThrownBy(tally::rate)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("message 0 had 2 effects");
  }

  @Test
  void aLateDoubledEffectFailsTheRun() {
    Tally tally = new Tally(1);
    tally.effect(0);
    tally.effect(0);

    assertThatThrownBy(tally::rate).hasMessageContaining("message 0 had 2 effects");
  }
}
