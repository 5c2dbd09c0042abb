package tech.onceonly.spring.boot;

import java.util.LinkedHashMap;
import java.util.Map;
import tech.onceonly.kafka.spring.OnceOnlySpringKafka;

/** Why listeners do not run, in words that every line of Boot can show. */
final class RefusalDetails {

  private RefusalDetails() {}

  /** By listener; empty while none is refused. An outage is no refusal: records run. */
  static Map<String, String> of(OnceOnlySpringKafka onceOnly) {
    Map<String, String> details = new LinkedHashMap<>();
    onceOnly
        .refusals()
        .forEach(
            (listener, cause) ->
                details.put(
                    listener.isEmpty() ? "listener" : listener,
                    String.valueOf(cause.getMessage())));
    return details;
  }
}
