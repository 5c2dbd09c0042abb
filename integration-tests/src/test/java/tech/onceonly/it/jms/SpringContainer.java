package tech.onceonly.it.jms;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.MessageListener;
import java.util.Map;
import org.springframework.jms.connection.JmsTransactionManager;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import org.springframework.jms.listener.SimpleMessageListenerContainer;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.util.backoff.FixedBackOff;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.spring.OnceOnlySpringJms;

/** A container of Spring JMS, set in code. */
final class SpringContainer implements JmsConsumerRun {

  private static final long RECEIVE_MILLIS = 100;

  private final AbstractMessageListenerContainer container;
  private final OnceOnlySpringJms onceOnly;

  SpringContainer(
      JmsHook hook, JmsSite site, String queue, JmsOptions.Builder options, MessageListener work) {
    ConnectionFactory factory =
        hook.style == JmsHook.Style.JTA
            ? JtaTransactions.connectionFactory(site.xaConnectionFactory())
            : site.connectionFactory();
    container =
        hook.style == JmsHook.Style.SIMPLE_CONTAINER
            ? new SimpleMessageListenerContainer()
            : polling(hook, factory);
    container.setBeanName(queue);
    container.setAutoStartup(false);
    container.setConnectionFactory(factory);
    container.setDestinationName(queue);
    container.setDestinationResolver((session, name, topic) -> site.queue(session, name));
    container.setMessageListener(work);
    // A failure is what a test says; without a handler each would fill the log.
    container.setErrorHandler(failure -> {});
    if (hook.isTransacted()) {
      container.setSessionTransacted(true);
    } else if (!hook.isManaged()) {
      container.setSessionAcknowledgeMode(hook.sessionMode(site.individualAcknowledge()));
    }
    onceOnly = OnceOnlySpringJms.builder(() -> options).build();
    onceOnly.protect(container, queue);
    container.afterPropertiesSet();
  }

  @Override
  public void start() {
    container.start();
  }

  @Override
  public boolean isRunning() {
    return container.isRunning();
  }

  @Override
  public Map<String, RuntimeException> refusals() {
    return onceOnly.refusals();
  }

  @Override
  public void close() {
    container.destroy();
    onceOnly.close();
  }

  private static DefaultMessageListenerContainer polling(JmsHook hook, ConnectionFactory factory) {
    DefaultMessageListenerContainer polling = new DefaultMessageListenerContainer();
    polling.setReceiveTimeout(RECEIVE_MILLIS);
    polling.setBackOff(new FixedBackOff(200, Long.MAX_VALUE));
    if (hook.style == JmsHook.Style.MANAGED) {
      JmsTransactionManager manager = new JmsTransactionManager(factory);
      manager.setTransactionSynchronization(
          AbstractPlatformTransactionManager.SYNCHRONIZATION_ALWAYS);
      polling.setTransactionManager(manager);
    } else if (hook.style == JmsHook.Style.JTA) {
      polling.setTransactionManager(JtaTransactions.manager());
    }
    return polling;
  }
}
