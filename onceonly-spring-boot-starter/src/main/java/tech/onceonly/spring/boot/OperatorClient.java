package tech.onceonly.spring.boot;

import org.jspecify.annotations.Nullable;
import tech.onceonly.client.OnceOnlyClient;

/** The client with which keys are seen and released: the application's, or one of its own key. */
final class OperatorClient implements AutoCloseable {

  private final OnceOnlyProperties properties;
  private final OnceOnlyClient applications;
  private @Nullable OnceOnlyClient own;

  OperatorClient(OnceOnlyProperties properties, OnceOnlyClient applications) {
    this.properties = properties;
    this.applications = applications;
  }

  /** Made when it is first asked for: few ever do. */
  synchronized OnceOnlyClient client() {
    String key = properties.getAdminApiKey();
    if (key == null || key.isBlank()) {
      return applications;
    }
    if (own == null) {
      own = OnceOnlyClient.create(StartCheck.options(properties, key));
    }
    return own;
  }

  @Override
  public synchronized void close() {
    if (own != null) {
      own.close();
    }
  }
}
