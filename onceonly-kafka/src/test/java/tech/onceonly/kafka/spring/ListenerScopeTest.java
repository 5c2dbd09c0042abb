package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenerScopeTest {

  @Test
  void aListenerHasTheEffectsOfItsGroup() {
    assertThat(ListenerScope.of("payments", "payments", "orders"))
        .isEqualTo(new ListenerScope("payments", "payments", "orders", ""));
    assertThat(ListenerScope.of("", "", "orders").group()).isEqualTo("orders");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-retry", "-retry-0", "-retry-1000", "-retry-1000-1"})
  void aRetryTopicsEffectsAreItsListeners(String suffix) {
    ListenerScope scope = ListenerScope.of("payments" + suffix, "payments", "orders" + suffix);
    assertThat(scope.group()).isEqualTo("orders");
    assertThat(scope.apart()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-dlt", "-dead", "-retry-dlt", "-fatal-dlt", "-retry.dead", "-again"})
  void whateverElseBelongsToAListenerHasEffectsOfItsOwn(String suffix) {
    ListenerScope scope = ListenerScope.of("payments" + suffix, "payments", "orders" + suffix);
    assertThat(scope.group()).isEqualTo("orders");
    assertThat(scope.apart()).isEqualTo(suffix);
    // With a group of its own choosing too.
    assertThat(ListenerScope.of("of-payments", "payments", "orders").apart())
        .isEqualTo("-of-payments");
    assertThat(ListenerScope.of("payments" + suffix, "payments", "other").apart())
        .isEqualTo(suffix);
  }
}
