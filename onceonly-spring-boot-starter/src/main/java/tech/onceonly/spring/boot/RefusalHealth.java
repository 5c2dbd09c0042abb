package tech.onceonly.spring.boot;

import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;

/** Down while the API refuses a listener, with the reason. An outage is none: records run. */
final class RefusalHealth implements HealthIndicator {

  private final OnceOnlySpringKafka onceOnly;

  RefusalHealth(OnceOnlySpringKafka onceOnly) {
    this.onceOnly = onceOnly;
  }

  @Override
  public Health health() {
    Map<String, RuntimeException> refusals = onceOnly.refusals();
    if (refusals.isEmpty()) {
      return Health.up().build();
    }
    Health.Builder health = Health.down();
    refusals.forEach(
        (listener, cause) ->
            health.withDetail(
                listener.isEmpty() ? "listener" : listener, String.valueOf(cause.getMessage())));
    return health.build();
  }
}
