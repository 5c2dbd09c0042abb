package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.support.TopicPartitionOffset;

class ListenerScopeTest {

  @Test
  void aRetryTopicsRecordsBeganInItsListenersTopics() {
    MainTopics topics = new MainTopics();
    ListenerScope retry = ListenerScope.of("payments-retry-0", "payments", "orders-retry-0");
    Predicate<String> origins =
        topics.originsOf(retry, new ContainerProperties("paid-retry-0", "unpaid-retry-0"));
    assertThat(origins).rejects("paid");
    ListenerScope main = ListenerScope.of("payments", "payments", "orders");
    assertThat(topics.originsOf(main, new ContainerProperties("paid", "unpaid"))).rejects("paid");
    ListenerScope other = ListenerScope.of("audit", "audit", "orders");
    TopicPartitionOffset assigned = new TopicPartitionOffset("audited", 0);
    assertThat(topics.originsOf(other, new ContainerProperties(assigned))).rejects("audited");
    assertThat(origins).accepts("paid", "unpaid").rejects("audited", "paid-retry-0");
    ListenerScope dead = ListenerScope.of("audit-dlt", "audit", "orders-dlt");
    assertThat(topics.originsOf(dead, new ContainerProperties("audited-dlt"))).rejects("audited");
    ListenerScope retried = ListenerScope.of("audit-retry", "audit", "orders-retry");
    assertThat(topics.originsOf(retried, new ContainerProperties("r"))).accepts("audited");
  }

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
