package tech.onceonly.demo;

import java.util.List;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/** Queues of an Artemis broker that is started here. */
final class DemoJms implements DemoBroker {

  /** As Artemis ships, but with dead-letter queues. */
  private static final int ATTEMPTS = 10;

  private final JmsBroker broker;

  private DemoJms(JmsBroker broker) {
    this.broker = broker;
  }

  static DemoJms start() {
    return new DemoJms(JmsBroker.start(new JmsBrokerOptions(JmsBrokerKind.ARTEMIS, ATTEMPTS)));
  }

  @Override
  public void send(String destination, List<String> payments) {
    broker.queues().send(destination, payments);
  }

  @Override
  public boolean isConsumed(String destination) {
    return broker.queues().depth(destination) == 0;
  }

  /** With the broker's directory, when it is closed. */
  @Override
  public void delete(String destination) {}

  @Override
  public Class<?> consumer() {
    return DemoJmsConsumer.class;
  }

  @Override
  public String address() {
    return broker.url();
  }

  @Override
  public void close() {
    broker.close();
  }
}
