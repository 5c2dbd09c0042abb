package tech.onceonly;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The fingerprints that come with the library, and the setting that names them. */
public final class Fingerprints {

  /** The setting's word for none, and its default. */
  public static final String NONE = "none";

  private static final int BYTES = 16;

  private Fingerprints() {}

  /**
   * Reads the setting: {@code none}, {@code payload}, or the name of a class that implements {@link
   * Fingerprint} and has a public constructor without arguments.
   *
   * @return null for none
   * @throws IllegalArgumentException if it is none of these
   */
  public static @Nullable Fingerprint parse(String setting) {
    return switch (setting) {
      case NONE -> null;
      case "payload" -> payload();
      default -> {
        if (setting.indexOf('.') < 0) {
          throw new IllegalArgumentException(
              "unknown fingerprint '"
                  + setting
                  + "'; one of: none, payload, the name of a class that implements "
                  + Fingerprint.class.getName());
        }
        yield NamedClass.newInstance(setting, Fingerprint.class, "fingerprint");
      }
    };
  }

  /**
   * A hash of the payload as the consumer sees it: of text, bytes, a byte buffer, a number, a
   * boolean, a UUID, and of a map message's fields. Any other payload has none: an object's text or
   * its serialized form may be another in the next process.
   */
  public static Fingerprint payload() {
    return delivery -> ofValue(delivery.value());
  }

  /** As {@link #payload} makes it of one value. */
  public static @Nullable String ofValue(@Nullable Object value) {
    MessageDigest sha256 = sha256();
    return isAdded(value, sha256) ? HexFormat.of().formatHex(sha256.digest(), 0, BYTES) : null;
  }

  private static boolean isAdded(@Nullable Object value, MessageDigest sha256) {
    if (value instanceof byte[] bytes) {
      sha256.update(bytes);
    } else if (value instanceof ByteBuffer buffer) {
      sha256.update(buffer.duplicate());
    } else if (isText(value)) {
      sha256.update(String.valueOf(value).getBytes(UTF_8));
    } else {
      return value instanceof Map<?, ?> map && isAdded(map, sha256);
    }
    return true;
  }

  private static boolean isText(@Nullable Object value) {
    return value instanceof CharSequence
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof UUID;
  }

  /** In an order of its own: a map's may be another each time. */
  private static boolean isAdded(Map<?, ?> map, MessageDigest sha256) {
    Map<String, Object> ordered = new TreeMap<>();
    for (Map.Entry<?, ?> field : map.entrySet()) {
      if (!(field.getKey() instanceof String name) || field.getValue() instanceof Map) {
        return false;
      }
      ordered.put(name, field.getValue() == null ? "" : field.getValue());
    }
    for (Map.Entry<String, Object> field : ordered.entrySet()) {
      String value = ofValue(field.getValue());
      if (value == null) {
        return false;
      }
      // Of a fixed length, so that no name and value can pass for another.
      sha256.update(ofText(field.getKey()));
      sha256.update(value.getBytes(UTF_8));
    }
    return true;
  }

  private static byte[] ofText(String text) {
    return sha256().digest(text.getBytes(UTF_8));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
