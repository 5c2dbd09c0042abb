package tech.onceonly.kafka;

import java.util.concurrent.CompletionStage;
import tech.onceonly.ClaimService;

/** What the interceptor needs of the API: a place for claims, and whether it may use it. */
interface ClaimConnection extends AutoCloseable {

  /** Opens a connection as the settings say. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens it; connects with the first call.
     *
     * @throws org.apache.kafka.common.config.ConfigException if the settings can't be used
     */
    ClaimConnection open(KafkaSettings settings);
  }

  /** What came of asking whether the API key is good. */
  sealed interface StartCheck {

    /** It is. */
    record Passed() implements StartCheck {}

    /**
     * It is not, or something else that time does not mend.
     *
     * @param setting the one to look at
     */
    record Refused(String setting, RuntimeException cause) implements StartCheck {}

    /** Nobody could tell. */
    record Unanswered(String message) implements StartCheck {}
  }

  ClaimService claims();

  /** Completes normally, within the request timeout. */
  CompletionStage<StartCheck> check();

  @Override
  void close();
}
