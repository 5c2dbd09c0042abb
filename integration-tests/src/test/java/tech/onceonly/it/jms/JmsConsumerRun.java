package tech.onceonly.it.jms;

import jakarta.jms.JMSException;
import jakarta.jms.MessageListener;
import java.util.Map;
import tech.onceonly.jms.JmsOptions;

/** A consumer as people write it or have it, with what protects it. Closing it is orderly. */
interface JmsConsumerRun extends AutoCloseable {

  static JmsConsumerRun of(
      JmsHook hook, JmsSite site, String queue, JmsOptions.Builder options, MessageListener work)
      throws JMSException {
    return switch (hook.style) {
      case LISTENER -> new PlainListener(hook, site, queue, options, work);
      case RECEIVE -> new ReceiveLoop(hook, site, queue, options, work);
      case RECEIVE_BATCH -> new BatchLoop(site, queue, options, work);
      default -> new SpringContainer(hook, site, queue, options, work);
    };
  }

  void start() throws JMSException;

  boolean isRunning();

  /** Why it does not run, by listener. */
  Map<String, RuntimeException> refusals();

  @Override
  void close() throws JMSException;
}
