package tech.onceonly.client;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What came over the wire, whole and unread.
 *
 * @param body null where there was none
 */
record Answer(int status, MultiMap headers, @Nullable Buffer body) {

  static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
  private static final CharSequence STATUS_WORD = HttpHeaders.createOptimized("X-OnceOnly-Status");
  private static final CharSequence RELEASE = HttpHeaders.createOptimized("X-OnceOnly-Release");
  private static final CharSequence REPLAY = HttpHeaders.createOptimized("X-OnceOnly-Replay");
  private static final CharSequence KEYS = HttpHeaders.createOptimized("X-OnceOnly-Keys");

  @Nullable String requestId() {
    return headers.get(REQUEST_ID);
  }

  @Nullable String statusWord() {
    return headers.get(STATUS_WORD);
  }

  boolean declaresRelease() {
    return isTrue(headers.get(RELEASE));
  }

  boolean declaresReplay() {
    return isTrue(headers.get(REPLAY));
  }

  boolean declaresKeys() {
    return isTrue(headers.get(KEYS));
  }

  byte[] bytes() {
    return body == null ? new byte[0] : body.getBytes();
  }

  private static boolean isTrue(@Nullable String value) {
    return value != null && value.strip().equalsIgnoreCase("true");
  }
}
