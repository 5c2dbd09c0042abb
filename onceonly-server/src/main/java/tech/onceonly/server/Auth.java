package tech.onceonly.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Checks the {@code Authorization} header against the API keys, of which it holds the digests only.
 * The time that it takes tells nothing of how much of a key was right. Not thread-safe; one an
 * event loop.
 */
final class Auth {
  private static final String SCHEME = "Bearer ";

  private final MessageDigest sha256 = newSha256();
  private final byte[][] plain;
  private final byte[][] admin;

  Auth(Collection<String> apiKeys, Collection<String> adminKeys) {
    this.plain = digests(apiKeys);
    this.admin = digests(adminKeys);
  }

  enum Verdict {
    ALLOWED,
    /** Allowed, and may see and free keys too. */
    ADMIN,
    /** No header, or not the scheme asked for. */
    MISSING,
    INVALID
  }

  Verdict check(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Verdict.MISSING;
    }
    String given = authorization.substring(SCHEME.length()).strip();
    if (given.isEmpty()) {
      return Verdict.MISSING;
    }
    byte[] digest = digest(given);
    boolean isPlain = isAmong(plain, digest);
    boolean isAdmin = isAmong(admin, digest);
    return isAdmin ? Verdict.ADMIN : isPlain ? Verdict.ALLOWED : Verdict.INVALID;
  }

  /** Every key is compared, whichever fits: no early end. */
  private static boolean isAmong(byte[][] digests, byte[] digest) {
    boolean found = false;
    for (byte[] known : digests) {
      found |= MessageDigest.isEqual(known, digest);
    }
    return found;
  }

  private byte[][] digests(Collection<String> apiKeys) {
    return apiKeys.stream().map(this::digest).toArray(byte[][]::new);
  }

  private byte[] digest(String apiKey) {
    return sha256.digest(apiKey.getBytes(StandardCharsets.UTF_8));
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256", e);
    }
  }
}
