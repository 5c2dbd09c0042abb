package tech.onceonly.kafka;

import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.BlockingBridge;
import tech.onceonly.KeySources;

/**
 * What the interceptor stands on, where Kafka makes it by its class name and hands nothing in.
 *
 * @param environment stands in for settings that are not set
 * @param values reads payloads for {@code value:/json/pointer}; null where nothing can
 */
record InterceptorWiring(
    ClaimConnection.Opener connections,
    Map<String, String> environment,
    KeySources.@Nullable ValueReader values,
    LongSupplier nanoTime,
    PollGate.Pause pause) {

  /** The API over HTTP, the process's environment, the system's clock. */
  static InterceptorWiring real() {
    return new InterceptorWiring(
        HttpClaimConnection::open, System.getenv(), null, System::nanoTime, BlockingBridge::pause);
  }
}
