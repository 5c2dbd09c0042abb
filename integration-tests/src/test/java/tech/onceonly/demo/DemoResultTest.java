package tech.onceonly.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tech.onceonly.testing.EffectLog.Effect;
import tech.onceonly.testing.Effects;

/** What makes the demo fail. */
class DemoResultTest {

  private static final Effect FIRST = new Effect("p1", "message 1");
  private static final Effect AGAIN = new Effect("p1", "message 2");
  private static final Effect OTHER = new Effect("p2", "message 3");

  @Test
  void withLeasesNothingMayBeLost() {
    assertThat(isKept(Protection.LEASE, 2, FIRST, OTHER)).isTrue();
    assertThat(isKept(Protection.LEASE, 2, FIRST)).isFalse();
    assertThat(isKept(Protection.CHECK_LOCK, 2, FIRST)).isTrue();
  }

  @Test
  void aDuplicateByItsKeyMustNotTakeEffect() {
    assertThat(isKept(Protection.LEASE, 2, FIRST, OTHER, AGAIN)).isFalse();
    assertThat(isKept(Protection.CHECK_LOCK, 2, FIRST, OTHER, AGAIN)).isFalse();
    assertThat(isKept(Protection.NONE, 2, FIRST, OTHER, AGAIN)).isTrue();
  }

  @Test
  void oneMessageMayRunAgainForEachKillOfALeasesHolder() {
    assertThat(isKept(Protection.LEASE, 1, FIRST, FIRST, OTHER)).isTrue();
    assertThat(isKept(Protection.LEASE, 0, FIRST, FIRST, OTHER)).isFalse();
  }

  private static boolean isKept(Protection protection, int kills, Effect... effects) {
    return DemoResult.of(
            protection,
            3,
            Set.of("p1", "p2"),
            effects.length,
            new Effects(new ArrayList<>(List.of(effects)), 0),
            kills,
            0)
        .isKept();
  }
}
