package tech.onceonly.spring.boot;

import java.util.List;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Down while the API refuses a listener, with the reason; in Spring Boot 4's words. */
final class RefusalHealth implements HealthIndicator {

  private final List<ProtectedListeners> listeners;

  RefusalHealth(List<ProtectedListeners> listeners) {
    this.listeners = listeners;
  }

  @Override
  public Health health() {
    Map<String, String> refusals = ProtectedListeners.refusalsOf(listeners);
    return refusals.isEmpty() ? Health.up().build() : Health.down().withDetails(refusals).build();
  }
}
