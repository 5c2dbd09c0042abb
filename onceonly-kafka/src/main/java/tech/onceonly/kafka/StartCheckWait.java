package tech.onceonly.kafka;

import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.kafka.ClaimConnection.StartCheck;

/**
 * Asks the API, while the consumer is being made, whether the key is good: the only moment at which
 * an interceptor can fail.
 */
final class StartCheckWait {

  private static final Logger LOG = LoggerFactory.getLogger(StartCheckWait.class);

  private StartCheckWait() {}

  /**
   * @throws ConfigException if the API refuses, naming the setting
   * @throws KafkaException if nobody answers and fail-open is off
   */
  static void check(ClaimConnection connection, KafkaSettings settings) {
    StartCheck answer = answer(connection, settings);
    if (answer instanceof StartCheck.Refused refused) {
      ConfigException wrong =
          new ConfigException(
              refused.setting()
                  + ": the OnceOnly API refuses this consumer: "
                  + refused.cause().getMessage()
                  + ". Mend that, or set "
                  + SettingDefinitions.ENABLED
                  + "=false to go on without protection.");
      wrong.initCause(refused.cause());
      throw wrong;
    }
    if (answer instanceof StartCheck.Unanswered unanswered) {
      if (!settings.failOpen()) {
        throw new KafkaException(
            "The OnceOnly API gave no answer ("
                + unanswered.message()
                + ") and "
                + SettingDefinitions.FAIL_OPEN
                + "=false: nothing could be processed. Check "
                + SettingDefinitions.BASE_URL
                + " and the network; or set "
                + SettingDefinitions.CHECK_ON_START
                + "=false to start all the same and wait in the first poll.");
      }
      LOG.warn(
          "group {}: the API key could not be checked ({}); the consumer starts, and records are"
              + " unprotected until the API answers",
          settings.groupId(),
          unanswered.message());
    }
  }

  private static StartCheck answer(ClaimConnection connection, KafkaSettings settings) {
    try {
      return BlockingBridge.await(connection.check(), settings.checkTimeout().plus(PollGate.GRACE));
    } catch (TimeoutException e) {
      return new StartCheck.Unanswered(
          "no answer within " + settings.checkTimeout().toMillis() + " ms");
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
