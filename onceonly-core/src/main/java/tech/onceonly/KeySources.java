package tech.onceonly;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The key sources that come with the library, and the setting that names them.
 *
 * <p>The setting is a list, tried in order, of {@code header:NAME}, {@code offset}, {@code
 * cloudevents}, {@code record-key}, {@code value:/json/pointer}, or the name of a class that
 * implements {@link KeySource} and has a public constructor without arguments. JMS says {@code
 * property:NAME} and {@code message-id}.
 */
public final class KeySources {

  /** The words of a broker's setting. */
  public enum Vocabulary {
    KAFKA("header", "offset", true),
    JMS("property", "message-id", false);

    private final String header;
    private final String position;
    private final boolean hasRecordKey;

    Vocabulary(String header, String position, boolean hasRecordKey) {
      this.header = header;
      this.position = position;
      this.hasRecordKey = hasRecordKey;
    }

    private String words() {
      return String.join(
          ", ",
          header + ":NAME",
          position,
          "cloudevents",
          hasRecordKey ? "record-key, value:/json/pointer" : "value:/json/pointer",
          "the name of a class that implements " + KeySource.class.getName());
    }
  }

  /** Reads a scalar out of a payload. The root package knows no JSON; the client's does. */
  @FunctionalInterface
  public interface ValueReader {
    /** The scalar's text; null where the payload has none there, or is no JSON. */
    @Nullable String read(@Nullable Object value, String jsonPointer);
  }

  private KeySources() {}

  /**
   * Reads the setting.
   *
   * @param setting for example {@code header:Idempotency-Key,offset}
   * @throws IllegalArgumentException if it is empty or names what is not known
   */
  public static List<KeySource> parse(String setting, Vocabulary words, ValueReader reader) {
    List<KeySource> sources = new ArrayList<>();
    for (String item : setting.split(",", -1)) {
      sources.add(parseOne(item.trim(), words, reader));
    }
    return List.copyOf(sources);
  }

  /**
   * The named header or property. Blank counts as absent, as with every source; of repeated ones
   * the last counts. Bytes that are no UTF-8 are taken byte by byte.
   */
  public static KeySource header(String name) {
    return named("header." + name, delivery -> text(delivery.header(name)));
  }

  /** The record's coordinates or the message's id: catches redelivery, not a second send. */
  public static KeySource position() {
    return named("position", Delivery::position);
  }

  /** CloudEvents in binary mode: {@code ce_source} and {@code ce_id} together. */
  public static KeySource cloudEvents() {
    return named("cloudevents", KeySources::cloudEvent);
  }

  /** Kafka's record key, where it is text, bytes, a number or a UUID. */
  public static KeySource recordKey() {
    return named("record-key", delivery -> scalar(delivery.recordKey()));
  }

  /** A scalar of a JSON payload. */
  public static KeySource value(String jsonPointer, ValueReader reader) {
    return named("value." + jsonPointer, delivery -> reader.read(delivery.value(), jsonPointer));
  }

  private static KeySource parseOne(String item, Vocabulary words, ValueReader reader) {
    int colon = item.indexOf(':');
    String word = colon < 0 ? item : item.substring(0, colon);
    String rest = colon < 0 ? "" : item.substring(colon + 1).trim();
    if (word.equals(words.header) && !rest.isEmpty()) {
      return header(rest);
    }
    if (item.equals(words.position)) {
      return position();
    }
    if (item.equals("cloudevents")) {
      return cloudEvents();
    }
    if (item.equals("record-key") && words.hasRecordKey) {
      return recordKey();
    }
    if (word.equals("value") && rest.startsWith("/")) {
      return value(rest, reader);
    }
    if (colon < 0 && item.indexOf('.') > 0) {
      return NamedClass.newInstance(item, KeySource.class, "key source");
    }
    throw new IllegalArgumentException(
        "unknown key source '" + item + "'; one of: " + words.words());
  }

  private static KeySource named(String name, KeySource source) {
    return new KeySource() {
      @Override
      public @Nullable String keyOf(Delivery delivery) {
        return source.keyOf(delivery);
      }

      @Override
      public String name() {
        return name;
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }

  private static @Nullable String cloudEvent(Delivery delivery) {
    String source = text(delivery.header("ce_source"));
    String id = text(delivery.header("ce_id"));
    if (source == null || id == null) {
      return null;
    }
    if (source.isBlank() || id.isBlank()) {
      return "";
    }
    // With its length before it, the source ends where it ends, whatever both contain.
    return source.length() + "/" + source + "/" + id;
  }

  private static @Nullable String scalar(@Nullable Object value) {
    if (value instanceof CharSequence || value instanceof Number || value instanceof UUID) {
      return value.toString();
    }
    if (value instanceof byte[] bytes) {
      return text(bytes);
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return text(bytes);
    }
    return null;
  }

  private static @Nullable String text(byte @Nullable [] bytes) {
    if (bytes == null) {
      return null;
    }
    for (byte b : bytes) {
      if (b < 0) {
        return decode(bytes);
      }
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String decode(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      // Lone surrogates stand in no text that was decoded, so these bytes meet no text.
      StringBuilder out = new StringBuilder(bytes.length);
      for (byte b : bytes) {
        out.append((char) (0xDC00 + (b & 0xFF)));
      }
      return out.toString();
    }
  }
}
