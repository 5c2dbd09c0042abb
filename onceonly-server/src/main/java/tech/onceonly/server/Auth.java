package tech.onceonly.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks the {@code Authorization} header against the API keys, of which it holds the digests only.
 * The time that it takes tells nothing of how much of a key was right. Not thread-safe; one an
 * event loop.
 */
final class Auth {
  private static final String SCHEME = "Bearer ";

  private final MessageDigest sha256 = newSha256();
  private final List<byte[]> digests = new ArrayList<>();

  /** Of the digest at the same place. */
  private final List<Grant> grants = new ArrayList<>();

  Auth(Collection<Tenant> tenants) {
    for (Tenant tenant : tenants) {
      add(tenant, tenant.settings().keys(), false);
      add(tenant, tenant.settings().adminKeys(), true);
    }
  }

  /** Whom a request comes from. */
  sealed interface Verdict {}

  /**
   * It may go on.
   *
   * @param isAdmin whether it may see and free keys too
   */
  record Grant(Tenant tenant, boolean isAdmin) implements Verdict {}

  enum Refusal implements Verdict {
    /** No header, or not the scheme asked for. */
    MISSING,
    INVALID
  }

  Verdict check(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Refusal.MISSING;
    }
    String given = authorization.substring(SCHEME.length()).strip();
    if (given.isEmpty()) {
      return Refusal.MISSING;
    }
    byte[] digest = sha256.digest(given.getBytes(StandardCharsets.UTF_8));
    Verdict verdict = Refusal.INVALID;
    // Every key is compared, whichever fits: no early end.
    for (int i = 0; i < digests.size(); i++) {
      if (MessageDigest.isEqual(digests.get(i), digest)) {
        verdict = grants.get(i);
      }
    }
    return verdict;
  }

  private void add(Tenant tenant, Set<String> hashes, boolean isAdmin) {
    for (String hash : hashes) {
      digests.add(HexFormat.of().parseHex(hash));
      grants.add(new Grant(tenant, isAdmin));
    }
  }

  /** As hexadecimal digits. */
  static String digestOf(String apiKey) {
    return HexFormat.of().formatHex(newSha256().digest(apiKey.getBytes(StandardCharsets.UTF_8)));
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java runtime has SHA-256", e);
    }
  }
}
