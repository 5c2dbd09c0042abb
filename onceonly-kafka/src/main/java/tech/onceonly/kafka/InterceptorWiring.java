package tech.onceonly.kafka;

import java.util.Map;
import java.util.function.LongSupplier;
import tech.onceonly.BlockingBridge;

/**
 * What the interceptor stands on, where Kafka makes it by its class name and hands nothing in.
 *
 * @param environment stands in for settings that are not set
 */
record InterceptorWiring(
    ClaimConnection.Opener connections,
    Map<String, String> environment,
    LongSupplier nanoTime,
    PollGate.Pause pause) {

  /** The API over HTTP, the process's environment, the system's clock. */
  static InterceptorWiring real() {
    return new InterceptorWiring(
        HttpClaimConnection::open, System.getenv(), System::nanoTime, BlockingBridge::pause);
  }
}
