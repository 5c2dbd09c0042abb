package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * Of what is claimed under a key: two of them tell that one key names two things. A caller's text
 * is kept as 64 bits of its SHA-256, so that however long it is, a claim grows by a few bytes. Two
 * texts of the same bits would go unnoticed; equal texts are never taken for two.
 */
public record Fingerprint(long bits) {

  public static Fingerprint of(String text, MessageDigest sha256) {
    return new Fingerprint(ByteBuffer.wrap(sha256.digest(text.getBytes(UTF_8))).getLong());
  }

  /** Whether both are there, and two. */
  static boolean differ(@Nullable Fingerprint one, @Nullable Fingerprint other) {
    return one != null && other != null && !one.equals(other);
  }

  /** In hexadecimal digits; empty for none. */
  static String textOf(@Nullable Fingerprint fingerprint) {
    return fingerprint == null ? "" : Long.toHexString(fingerprint.bits);
  }

  /** As what follows a state's last field, which may be the end. */
  static void write(@Nullable Fingerprint fingerprint, StateWriter out) {
    if (fingerprint != null) {
      out.writeLong(fingerprint.bits);
    }
  }

  static @Nullable Fingerprint readFrom(StateReader in) {
    return in.hasMore() ? new Fingerprint(in.readLong()) : null;
  }
}
