package tech.onceonly.spring.boot;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import tech.onceonly.IdempotencyKey;

/**
 * The protected listeners of one broker, as health and the endpoint see them.
 *
 * @param refusals why listeners do not run at present, by listener
 * @param isFinishedHere whether one of them skips this key without a call
 * @param forgetFinished has all of them ask for this key again
 */
record ProtectedListeners(
    Supplier<Map<String, RuntimeException>> refusals,
    Predicate<IdempotencyKey> isFinishedHere,
    Consumer<IdempotencyKey> forgetFinished) {

  /**
   * Why listeners do not run, in words that every line of Boot can show; empty while none is
   * refused. An outage is no refusal: deliveries run.
   */
  static Map<String, String> refusalsOf(List<ProtectedListeners> all) {
    Map<String, String> details = new LinkedHashMap<>();
    for (ProtectedListeners each : all) {
      each.refusals
          .get()
          .forEach(
              (listener, cause) ->
                  // Listeners of two brokers may have one id.
                  details.merge(
                      listener.isEmpty() ? "listener" : listener,
                      String.valueOf(cause.getMessage()),
                      (one, other) -> one.equals(other) ? one : one + "; " + other));
    }
    return details;
  }
}
