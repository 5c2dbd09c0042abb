package tech.onceonly.testing;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** Artemis's process. */
final class ArtemisMain {

  private static final int JOURNAL_FILE_BYTES = 1 << 20;

  /** A call that was under way when the broker was killed is not waited for much longer. */
  private static final long CALL_TIMEOUT_MILLIS = 10_000;

  private ArtemisMain() {}

  /** Takes the directory, the port, and the attempts; 0 for those it ships with. */
  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    Configuration configuration =
        new ConfigurationImpl()
            .setPersistenceEnabled(true)
            .setSecurityEnabled(false)
            .setJMXManagementEnabled(false)
            // How full this machine's disk is must not decide whether a test passes.
            .setMaxDiskUsage(-1)
            .setJournalType(JournalType.NIO)
            .setJournalFileSize(JOURNAL_FILE_BYTES)
            .setJournalDirectory(home.resolve("journal").toString())
            .setBindingsDirectory(home.resolve("bindings").toString())
            .setPagingDirectory(home.resolve("paging").toString())
            .setLargeMessagesDirectory(home.resolve("large").toString())
            .addAcceptorConfiguration("tcp", url(Integer.parseInt(arguments[1])))
            .addAddressSetting("#", settings(Integer.parseInt(arguments[2])));
    EmbeddedActiveMQ server = new EmbeddedActiveMQ();
    server.setConfiguration(configuration);
    try {
      server.start();
    } catch (Exception | Error e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
    System.out.println(BrokerProcess.READY);
    new CountDownLatch(1).await();
  }

  static String url(int port) {
    return "tcp://127.0.0.1:" + port;
  }

  static ActiveMQConnectionFactory connectionFactory(String url) {
    ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
    factory.setCallTimeout(CALL_TIMEOUT_MILLIS);
    return factory;
  }

  /** Queues stay when they are empty, so that who counts their messages is answered. */
  private static AddressSettings settings(int attempts) {
    AddressSettings settings =
        new AddressSettings().setAutoDeleteQueues(false).setAutoDeleteAddresses(false);
    return attempts == 0
        ? settings
        : settings
            .setMaxDeliveryAttempts(attempts)
            .setRedeliveryDelay(0)
            .setDeadLetterAddress(SimpleString.of(JmsQueues.DEAD_LETTER_ADDRESS))
            .setAutoCreateDeadLetterResources(true)
            .setDeadLetterQueuePrefix(SimpleString.of(JmsQueues.DEAD_LETTERS));
  }
}
