package tech.onceonly.client;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What came over the wire, whole and unread; or one answer of a batch.
 *
 * @param body null where there was none
 * @param verdict of a batch's short answer, which has no body; null elsewhere
 */
record Answer(int status, MultiMap headers, @Nullable Buffer body, @Nullable AnswerFields verdict) {

  static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
  private static final CharSequence STATUS_WORD = HttpHeaders.createOptimized("X-OnceOnly-Status");
  private static final CharSequence RELEASE = HttpHeaders.createOptimized("X-OnceOnly-Release");
  private static final CharSequence REPLAY = HttpHeaders.createOptimized("X-OnceOnly-Replay");
  private static final CharSequence FINGERPRINT =
      HttpHeaders.createOptimized("X-OnceOnly-Fingerprint");
  private static final CharSequence KEYS = HttpHeaders.createOptimized("X-OnceOnly-Keys");

  private static final CharSequence BATCH = HttpHeaders.createOptimized("X-OnceOnly-Batch");

  Answer(int status, MultiMap headers, @Nullable Buffer body) {
    this(status, headers, body, null);
  }

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

  boolean declaresFingerprint() {
    return isTrue(headers.get(FINGERPRINT));
  }

  boolean declaresKeys() {
    return isTrue(headers.get(KEYS));
  }

  boolean declaresAnything() {
    return headers.contains(RELEASE) || headers.contains(REPLAY) || headers.contains(BATCH);
  }

  /** How many operations a batch may have; 0 where none is taken, or no number is told. */
  int declaresBatch() {
    String told = headers.get(BATCH);
    try {
      return told == null ? 0 : Math.max(0, Integer.parseInt(told.strip()));
    } catch (NumberFormatException e) {
      return 0; // single calls are always right
    }
  }

  /** The body's fields; null where it is no JSON object. */
  @Nullable AnswerFields fields() {
    return verdict != null ? verdict : AnswerFields.read(bytes());
  }

  byte[] bytes() {
    return body == null ? new byte[0] : body.getBytes();
  }

  private static boolean isTrue(@Nullable String value) {
    return value != null && value.strip().equalsIgnoreCase("true");
  }
}
