package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/** One step on one key, or on each of several, which Redis carries out as a whole or not at all. */
enum RedisScript {
  CHECK_LOCK(true, "time", "claim-state", "check-lock"),
  RELEASE(true, "time", "claim-state", "release"),
  LEASE(true, "time", "lease-state", "lease"),
  SETTLE(true, "time", "lease-state", "settle"),
  FIND(false, "time", "lease-state", "find"),
  INSPECT(false, "time", "claim-state", "lease-state", "look", "inspect"),
  FREE(true, "time", "claim-state", "lease-state", "look", "free"),
  FORMAT(false, "time", "format");

  private static final Set<String> REFUSALS = Set.of("TAKEN", "TAKEN_UNLIKE", "LOST");

  private final boolean writes;
  private final String text;
  private final String sha1;

  RedisScript(boolean writes, String... parts) {
    this.writes = writes;
    StringBuilder all = new StringBuilder();
    for (String part : parts) {
      all.append(read(part + ".lua"));
    }
    text = all.toString();
    sha1 = sha1Of(text);
  }

  /**
   * Whether that reply promises what it has written, so that it waits for replicas. That a key is
   * another's is told at once: it is skipped rather than taken twice where replicas are away.
   */
  boolean tellsOfWrite(Response reply) {
    return writes
        && (reply.type() != ResponseType.MULTI || !REFUSALS.contains(String.valueOf(reply.get(0))));
  }

  String text() {
    return text;
  }

  /** The name by which a Redis that has seen it knows it. */
  String sha1() {
    return sha1;
  }

  private static String read(String resource) {
    try (InputStream in = RedisScript.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("The server's jar lacks " + resource);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1Of(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
