package tech.onceonly.testing;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.XAConnectionFactory;
import java.nio.file.Path;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.region.policy.IndividualDeadLetterStrategy;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.plugin.StatisticsBrokerPlugin;

/** ActiveMQ Classic's process. */
final class ClassicMain {

  private ClassicMain() {}

  /** Takes the directory, the port, and the attempts; 0 for those it ships with. */
  public static void main(String[] arguments) throws Exception {
    BrokerService broker = new BrokerService();
    broker.setDataDirectoryFile(Path.of(arguments[0]).toFile());
    broker.setPersistent(true);
    broker.setUseJmx(false);
    broker.setUseShutdownHook(false);
    broker.setPlugins(new BrokerPlugin[] {new StatisticsBrokerPlugin()});
    broker.addConnector(address(Integer.parseInt(arguments[1])));
    if (Integer.parseInt(arguments[2]) > 0) {
      broker.setDestinationPolicy(deadLetterQueuePerQueue());
    }
    try {
      broker.start();
      broker.waitUntilStarted();
    } catch (Exception | Error e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
    System.out.println(BrokerProcess.READY);
    broker.waitUntilStopped();
  }

  /** Attempts are the client's to count, so that they stand in its address. */
  static String url(int port, int attempts) {
    return attempts == 0
        ? address(port)
        : address(port)
            + "?jms.redeliveryPolicy.maximumRedeliveries="
            + (attempts - 1)
            + "&jms.redeliveryPolicy.initialRedeliveryDelay=0"
            + "&jms.redeliveryPolicy.redeliveryDelay=0";
  }

  static ConnectionFactory connectionFactory(String url) {
    return new ActiveMQConnectionFactory(url);
  }

  static XAConnectionFactory xaConnectionFactory(String url) {
    return new ActiveMQXAConnectionFactory(url);
  }

  private static String address(int port) {
    return "tcp://127.0.0.1:" + port;
  }

  private static PolicyMap deadLetterQueuePerQueue() {
    IndividualDeadLetterStrategy strategy = new IndividualDeadLetterStrategy();
    strategy.setQueuePrefix(JmsQueues.DEAD_LETTERS);
    PolicyEntry policy = new PolicyEntry();
    policy.setDeadLetterStrategy(strategy);
    PolicyMap policies = new PolicyMap();
    policies.setDefaultEntry(policy);
    return policies;
  }
}
