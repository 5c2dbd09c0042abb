package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** What a server of format 1 wrote at a Redis: by its own scripts, as they were then. */
final class FormatOneServer {
  static final String FORMAT_KEY = "onceonly.format";

  private final RealRedis redis;

  FormatOneServer(RealRedis redis) throws IOException {
    this.redis = redis;
    assertThat(redis.ask("SET", FORMAT_KEY, "1")).isEqualTo("OK");
  }

  /**
   * Gives its answer, as Redis tells it.
   *
   * @param moment in milliseconds
   * @param fingerprint empty for none
   */
  String checkLock(String key, long moment, long ttlSeconds, String requestId, String fingerprint)
      throws IOException {
    return run(
        List.of("claim-state", "check-lock"), key, moment, ttlSeconds, requestId, fingerprint);
  }

  String release(String key, long moment, String requestId) throws IOException {
    return run(List.of("claim-state", "release"), key, moment, requestId);
  }

  /** As {@link #checkLock}. */
  String lease(String key, long moment, long ttlSeconds, String leaseId, String fingerprint)
      throws IOException {
    return run(List.of("lease-state", "lease"), key, moment, ttlSeconds, leaseId, fingerprint);
  }

  /**
   * As {@link #checkLock}.
   *
   * @param becomes completed, failed or cancelled
   * @param result empty for none
   */
  String settle(String key, long moment, String leaseId, String becomes, String result)
      throws IOException {
    String marked = result.isEmpty() ? "" : "=" + result;
    return run(List.of("lease-state", "settle"), key, moment, leaseId, becomes, 0, "", "", marked);
  }

  private String run(List<String> parts, String key, Object... arguments) throws IOException {
    StringBuilder script = new StringBuilder(text("time"));
    for (String part : parts) {
      script.append(text(part));
    }
    List<String> words =
        new ArrayList<>(List.of("EVAL", script.toString(), "1", "onceonly:" + key));
    for (Object argument : arguments) {
      words.add(argument.toString());
    }
    return redis.ask(words.toArray(String[]::new));
  }

  private static String text(String part) throws IOException {
    try (InputStream in = FormatOneServer.class.getResourceAsStream("format1/" + part + ".lua")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
