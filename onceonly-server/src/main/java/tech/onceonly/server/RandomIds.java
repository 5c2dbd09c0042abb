package tech.onceonly.server;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.function.Supplier;

/**
 * Ids of 128 random bits in hex, which nobody can guess: a lease id and a request id are proofs of
 * ownership. Draws from the system's randomness many at a time. Not thread-safe; one an event loop.
 */
final class RandomIds implements Supplier<String> {
  private static final int ID_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final byte[] pool = new byte[ID_BYTES * 256];
  private int next = pool.length;

  @Override
  public String get() {
    if (next == pool.length) {
      random.nextBytes(pool);
      next = 0;
    }
    String id = HexFormat.of().formatHex(pool, next, next + ID_BYTES);
    next += ID_BYTES;
    return id;
  }
}
