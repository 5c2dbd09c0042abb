package tech.onceonly.spring.boot;

import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/** Down while the API refuses a listener, with the reason; in Spring Boot 3's words. */
final class Boot3RefusalHealth implements HealthIndicator {

  private final List<ProtectedListeners> listeners;

  Boot3RefusalHealth(List<ProtectedListeners> listeners) {
    this.listeners = listeners;
  }

  @Override
  public Health health() {
    Map<String, String> refusals = ProtectedListeners.refusalsOf(listeners);
    return refusals.isEmpty() ? Health.up().build() : Health.down().withDetails(refusals).build();
  }
}
