package tech.onceonly.spring.boot;

import java.util.Map;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;

/** Down while the API refuses a listener, with the reason; in Spring Boot 3's words. */
final class Boot3RefusalHealth implements HealthIndicator {

  private final OnceOnlySpringKafka onceOnly;

  Boot3RefusalHealth(OnceOnlySpringKafka onceOnly) {
    this.onceOnly = onceOnly;
  }

  @Override
  public Health health() {
    Map<String, String> refusals = RefusalDetails.of(onceOnly);
    return refusals.isEmpty() ? Health.up().build() : Health.down().withDetails(refusals).build();
  }
}
