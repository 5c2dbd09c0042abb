package tech.onceonly;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names one logical effect. Equal keys are the same effect.
 *
 * <p>A key has 1 to {@value #MAX_LENGTH} characters. Keys that are made from parts ({@link
 * #ofParts}) are plain ASCII, and different parts give different keys: parts are joined by {@code
 * :}, and what could be mistaken is escaped with {@code %}. Where that grows too long, the key is
 * its first characters, {@code ~}, and the SHA-256 of the whole. Immutable.
 */
public final class IdempotencyKey {

  /** The most characters that the API takes. */
  public static final int MAX_LENGTH = 256;

  private static final int HASH_LENGTH = 64;
  private static final int PREFIX_LENGTH = MAX_LENGTH - HASH_LENGTH - 1;
  private static final int SHOWN_IN_LOGS = 48;
  private static final String PLAIN =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._@/+=,";
  private static final boolean[] IS_PLAIN = new boolean[128];

  static {
    for (int i = 0; i < PLAIN.length(); i++) {
      IS_PLAIN[PLAIN.charAt(i)] = true;
    }
  }

  private final String value;

  private IdempotencyKey(String value) {
    this.value = value;
  }

  /**
   * A key that is used as it stands, with no scope: for keys shared with other programs.
   *
   * @throws IllegalArgumentException if it is empty or longer than {@value #MAX_LENGTH} characters
   */
  public static IdempotencyKey of(String value) {
    int length = value.codePointCount(0, value.length());
    if (length < 1 || length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "an idempotency key has 1 to " + MAX_LENGTH + " characters, this one has " + length);
    }
    return new IdempotencyKey(value);
  }

  /** A key of any parts, of any length, of any characters. Empty parts count. */
  public static IdempotencyKey ofParts(String... parts) {
    StringBuilder out = joined(parts);
    if (out.length() == 0) {
      throw new IllegalArgumentException("an idempotency key needs at least one part");
    }
    return ofWhole(out.toString());
  }

  /** What many keys have in common: their first parts, escaped and joined one time for all. */
  static final class Stem {
    private final String joined;

    Stem(String... parts) {
      joined = IdempotencyKey.joined(parts).append(':').toString();
    }

    /** As {@link IdempotencyKey#ofParts} of the stem's parts and this one. */
    IdempotencyKey with(String lastPart) {
      return ofWhole(
          isPlain(lastPart)
              ? joined.concat(lastPart)
              : escape(lastPart, new StringBuilder(96).append(joined)).toString());
    }
  }

  /** The whole key, as it goes over the wire. */
  public String value() {
    return value;
  }

  /** What may stand in a log: the key's beginning, or nothing of it but a hash. */
  public String forLogs(boolean hashed) {
    if (hashed) {
      return "sha256:" + sha256(value).substring(0, 16);
    }
    return value.length() <= SHOWN_IN_LOGS ? value : value.substring(0, SHOWN_IN_LOGS) + "…";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IdempotencyKey that && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /** Shortened, see {@link #forLogs}: keys may hold what a log should not. */
  @Override
  public String toString() {
    return forLogs(false);
  }

  private static StringBuilder joined(String... parts) {
    StringBuilder out = new StringBuilder(96);
    for (int i = 0; i < parts.length; i++) {
      if (i > 0) {
        out.append(':');
      }
      escape(parts[i], out);
    }
    return out;
  }

  private static IdempotencyKey ofWhole(String whole) {
    return new IdempotencyKey(
        whole.length() <= MAX_LENGTH
            ? whole
            : whole.substring(0, PREFIX_LENGTH) + '~' + sha256(whole));
  }

  private static boolean isPlain(String part) {
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c >= 128 || !IS_PLAIN[c]) {
        return false;
      }
    }
    return true;
  }

  private static StringBuilder escape(String part, StringBuilder out) {
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c < 128) {
        if (IS_PLAIN[c]) {
          out.append(c);
        } else {
          appendByte((byte) c, out);
        }
      } else if (Character.isHighSurrogate(c)
          && i + 1 < part.length()
          && Character.isLowSurrogate(part.charAt(i + 1))) {
        appendUtf8(part.substring(i, i + 2), out);
        i++;
      } else if (Character.isSurrogate(c)) {
        // Alone it has no UTF-8 form; as "?" it would meet every other one.
        out.append("%u").append(HexFormat.of().withUpperCase().toHexDigits(c));
      } else {
        appendUtf8(String.valueOf(c), out);
      }
    }
    return out;
  }

  private static void appendUtf8(String text, StringBuilder out) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      appendByte(b, out);
    }
  }

  private static void appendByte(byte b, StringBuilder out) {
    out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
