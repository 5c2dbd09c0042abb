package tech.onceonly.it.jms;

import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A listener that counts its attempts and its effects, and fails as often as it is told to. */
final class JmsProbe implements MessageListener {

  final Map<String, Integer> attempts = new ConcurrentHashMap<>();
  final Map<String, Integer> effects = new ConcurrentHashMap<>();
  volatile String failing = "";
  volatile int failures;

  @Override
  public void onMessage(Message message) {
    String payment = textOf(message);
    int attempt = attempts.merge(payment, 1, Integer::sum);
    if (payment.equals(failing) && attempt <= failures) {
      throw new IllegalStateException("the listener fails, as the test says");
    }
    effects.merge(payment, 1, Integer::sum);
  }

  private static String textOf(Message message) {
    try {
      return message.getBody(String.class);
    } catch (JMSException e) {
      throw new JMSRuntimeException("no text", e.getErrorCode(), e);
    }
  }
}
