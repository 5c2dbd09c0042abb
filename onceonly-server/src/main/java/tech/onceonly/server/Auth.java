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
  private final byte[][] digests;

  Auth(Collection<String> apiKeys) {
    this.digests = apiKeys.stream().map(this::digest).toArray(byte[][]::new);
  }

  enum Verdict {
    ALLOWED,
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
    boolean allowed = false;
    for (byte[] known : digests) {
      // Every key is compared, whichever fits: no early end.
      allowed |= MessageDigest.isEqual(known, digest);
    }
    return allowed ? Verdict.ALLOWED : Verdict.INVALID;
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
