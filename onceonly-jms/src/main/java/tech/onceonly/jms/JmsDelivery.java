package tech.onceonly.jms;

import jakarta.jms.BytesMessage;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Delivery;

/**
 * A message in the guard's words. Reads, and changes nothing; what can't be read is not there, and
 * takes nothing else with it.
 */
final class JmsDelivery implements Delivery {

  private static final Logger LOG = LoggerFactory.getLogger(JmsDelivery.class);

  /** Begins no UTF-8: what follows it is met by no text that has a UTF-8 form. */
  private static final byte NO_UTF_8 = (byte) 0xFF;

  @FunctionalInterface
  private interface Reading<T> {
    @Nullable T read() throws JMSException;
  }

  /** What brokers read as a pattern, or as a list, in the name of a destination. */
  private static final String PATTERN_CHARACTERS = "*#>,";

  private final Message message;
  private final String destination;
  private final @Nullable Object session;

  /**
   * @param destination as its consumer names it; where that is a pattern, the message's own is a
   *     part of the key, since the same business id in two of them is two effects
   */
  JmsDelivery(Message message, String destination) {
    this(message, destination, null);
  }

  /**
   * @param session what it was received in
   */
  JmsDelivery(Message message, String destination, @Nullable Object session) {
    this.message = message;
    this.session = session;
    String own = isPattern(destination) ? ownDestination(message) : null;
    this.destination = own == null ? destination : destination + '=' + own;
  }

  @Override
  public String destination() {
    return destination;
  }

  @Override
  public @Nullable String position() {
    String id = read("message id", message::getJMSMessageID);
    return id == null || id.isEmpty() ? null : id;
  }

  @Override
  public @Nullable Object session() {
    return session;
  }

  @Override
  public byte @Nullable [] header(String name) {
    String blank = null;
    for (String each : PropertyNames.of(name)) {
      String text = read(each, () -> message.getStringProperty(each));
      if (text != null && !text.isBlank()) {
        return bytes(text);
      }
      blank = text == null ? blank : text;
    }
    return blank == null ? null : bytes(blank);
  }

  /** The body of a text, bytes or map message. An object message is never deserialized. */
  @Override
  public @Nullable Object value() {
    return read("body", this::body);
  }

  /** Whether somebody waits for a reply. */
  boolean isRequest() {
    return read("JMSReplyTo", message::getJMSReplyTo) != null;
  }

  /** RabbitMQ has one class for all destinations: what claims to be both kinds tells nothing. */
  boolean isTemporary() {
    Destination from = read("JMSDestination", message::getJMSDestination);
    return from instanceof TemporaryQueue != from instanceof TemporaryTopic;
  }

  /** Whether it was sent to a topic; as {@link #isTemporary}, not where it is said to be both. */
  boolean isOfTopic() {
    Destination from = read("JMSDestination", message::getJMSDestination);
    return from instanceof Topic && !(from instanceof Queue);
  }

  @Override
  public String toString() {
    return destination + " " + position();
  }

  private static boolean isPattern(String destination) {
    return destination.chars().anyMatch(each -> PATTERN_CHARACTERS.indexOf(each) >= 0);
  }

  private static @Nullable String ownDestination(Message message) {
    try {
      Destination from = message.getJMSDestination();
      String topic = from instanceof Topic named ? named.getTopicName() : null;
      return topic != null || !(from instanceof Queue queue) ? topic : queue.getQueueName();
    } catch (JMSException | RuntimeException e) {
      LOG.warn("the destination of a message cannot be read: its consumer's alone counts", e);
      return null;
    }
  }

  private @Nullable Object body() throws JMSException {
    if (message instanceof TextMessage text) {
      return text.getText();
    }
    if (message instanceof BytesMessage) {
      // Sets the reading position back to the beginning, unlike readBytes.
      return message.getBody(byte[].class);
    }
    if (message instanceof MapMessage map) {
      Map<String, Object> fields = new LinkedHashMap<>();
      for (Enumeration<?> names = map.getMapNames(); names.hasMoreElements(); ) {
        String name = String.valueOf(names.nextElement());
        fields.put(name, map.getObject(name));
      }
      return fields;
    }
    return null;
  }

  private <T> @Nullable T read(String what, Reading<T> reading) {
    try {
      return reading.read();
    } catch (JMSException | RuntimeException e) {
      LOG.debug("{} of a message of {} cannot be read: it counts as absent", what, destination, e);
      return null;
    }
  }

  private static byte[] bytes(String text) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      // Lone surrogates: as "?" two different texts would be one key.
      ByteBuffer raw = ByteBuffer.allocate(1 + Character.BYTES * text.length()).put(NO_UTF_8);
      raw.asCharBuffer().put(text);
      return raw.array();
    }
  }
}
