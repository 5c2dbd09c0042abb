package tech.onceonly.spring.boot;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jms.annotation.EnableJms;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.config.DefaultJmsListenerContainerFactory;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import org.springframework.jms.listener.AbstractMessageListenerContainer;

/** An application with a JMS listener, and without a broker: a test hands over its messages. */
@Configuration(proxyBeanMethods = false)
@EnableJms
class JmsApplication {

  final List<String> log = new ArrayList<>();

  @Bean
  DefaultJmsListenerContainerFactory jmsListenerContainerFactory(Environment environment) {
    DefaultJmsListenerContainerFactory factory = new DefaultJmsListenerContainerFactory();
    factory.setConnectionFactory(
        (ConnectionFactory)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ConnectionFactory.class},
                (proxy, method, arguments) -> null));
    factory.setAutoStartup(false);
    // Settled when the listener returns: nobody commits here.
    factory.setSessionAcknowledgeMode(
        environment.containsProperty("unsafe")
            ? Session.AUTO_ACKNOWLEDGE
            : Session.CLIENT_ACKNOWLEDGE);
    factory.setPubSubDomain(environment.containsProperty("topic"));
    return factory;
  }

  @JmsListener(id = "payments", destination = "payments")
  void pay(String payment) {
    log.add(payment);
  }

  /** Hands a message with each key to the listener of this id, as its container would. */
  static void deliver(ApplicationContext context, String id, String... keys) throws Exception {
    var container =
        (AbstractMessageListenerContainer)
            context.getBean(JmsListenerEndpointRegistry.class).getListenerContainer(id);
    for (String key : keys) {
      ((MessageListener) container.getMessageListener()).onMessage(message(key));
    }
  }

  /** The payments that took effect. */
  static List<String> log(ApplicationContext context) {
    return context.getBean(JmsApplication.class).log;
  }

  private static Message message(String key) {
    return (Message)
        Proxy.newProxyInstance(
            JmsApplication.class.getClassLoader(),
            new Class<?>[] {TextMessage.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getStringProperty" -> arguments[0].equals("Idempotency_Key") ? key : null;
                  case "getText" -> key;
                  default -> null;
                });
  }
}
