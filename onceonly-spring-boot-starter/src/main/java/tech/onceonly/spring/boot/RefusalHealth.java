package tech.onceonly.spring.boot;

import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;

/** Down while the API refuses a listener, with the reason; in Spring Boot 4's words. */
final class RefusalHealth implements HealthIndicator {

  private final OnceOnlySpringKafka onceOnly;

  RefusalHealth(OnceOnlySpringKafka onceOnly) {
    this.onceOnly = onceOnly;
  }

  @Override
  public Health health() {
    Map<String, String> refusals = RefusalDetails.of(onceOnly);
    return refusals.isEmpty() ? Health.up().build() : Health.down().withDetails(refusals).build();
  }
}
