package tech.onceonly.jms;

import jakarta.jms.BytesMessage;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TextMessage;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A received message: whoever changes it, or reads what it does not know, fails. */
final class TestMessage implements InvocationHandler {

  final Map<String, String> properties = new HashMap<>();

  /** Property names at which the provider throws. */
  final Set<String> illegal = new HashSet<>();

  String id;
  Object body;
  Destination from;
  Destination replyTo;
  int acknowledged;
  JMSException acknowledgementFails;

  static TestMessage withId(String id) {
    TestMessage message = new TestMessage();
    message.id = id;
    return message;
  }

  static TestMessage withKey(String key) {
    TestMessage message = new TestMessage();
    message.id = "ID:" + key;
    message.properties.put("Idempotency_Key", key);
    return message;
  }

  TestMessage replyingTo(Destination destination) {
    replyTo = destination;
    return this;
  }

  Message message() {
    Class<?> kind =
        body instanceof byte[]
            ? BytesMessage.class
            : body instanceof Map ? MapMessage.class : TextMessage.class;
    return (Message)
        Proxy.newProxyInstance(TestMessage.class.getClassLoader(), new Class<?>[] {kind}, this);
  }

  static TemporaryQueue temporaryQueue() {
    return destination(TemporaryQueue.class);
  }

  static <D extends Destination> D destination(Class<D> kind) {
    return kind.cast(
        Proxy.newProxyInstance(
            TestMessage.class.getClassLoader(),
            new Class<?>[] {kind},
            (proxy, method, arguments) -> "a destination"));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
    return switch (method.getName()) {
      case "getJMSMessageID" -> id;
      case "getJMSDestination" -> from;
      case "getJMSReplyTo" -> replyTo;
      case "getJMSRedelivered" -> false;
      case "getStringProperty" -> property((String) arguments[0]);
      case "getText" -> body;
      case "getBody" -> arguments[0] == byte[].class ? body : unknown(method);
      case "getMapNames" -> Collections.enumeration(new LinkedHashMap<>((Map<?, ?>) body).keySet());
      case "getObject" -> ((Map<?, ?>) body).get(arguments[0]);
      case "acknowledge" -> acknowledge();
      case "hashCode" -> System.identityHashCode(proxy);
      case "equals" -> proxy == arguments[0];
      case "toString" -> "message " + id;
      default -> unknown(method);
    };
  }

  private String property(String name) throws JMSException {
    if (illegal.contains(name)) {
      if (name.contains("$")) {
        throw new JMSRuntimeException("no legal name: " + name);
      }
      throw new JMSException("no legal name: " + name);
    }
    return properties.get(name);
  }

  private Object acknowledge() throws JMSException {
    if (acknowledgementFails != null) {
      throw acknowledgementFails;
    }
    acknowledged++;
    return null;
  }

  private static Object unknown(Method method) {
    throw new AssertionError("a received message was asked for " + method);
  }
}
