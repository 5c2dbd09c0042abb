package tech.onceonly.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The fields of a check-lock's or a lease's answer, read in one pass; unknown ones are ignored. */
final class AnswerFields {

  static final String DUPLICATE = "duplicate";

  /** Stands for a status that is there, but is no text: it is unknown, and not absent. */
  private static final String NO_WORD = "(not a text)";

  private static final double MAX_SECONDS = Duration.ofDays(36_500).toSeconds();

  private @Nullable String status;
  private @Nullable Boolean success;
  private @Nullable String key;
  private @Nullable Duration ttl;
  private @Nullable Double ttlLeft;
  private @Nullable Double retryAfter;
  private @Nullable Double version;
  private @Nullable String firstSeenAt;
  private @Nullable String doneAt;
  private @Nullable String leaseId;
  private @Nullable String resultHash;
  private @Nullable String errorCode;
  private boolean fingerprintMismatch;

  private AnswerFields() {}

  /** Null where the bytes are no JSON object, or not a whole one. */
  static @Nullable AnswerFields read(byte[] bytes) {
    if (bytes.length == 0) {
      return null;
    }
    AnswerFields fields = new AnswerFields();
    try (JsonParser in = Json.FACTORY.createParser(bytes)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
        in.nextToken();
        fields.take(name, in);
      }
      return in.nextToken() == null ? fields : null;
    } catch (IOException e) {
      return null; // cut or no JSON at all: the caller's answer to that is the null
    }
  }

  /** A check-lock's short answer. */
  static AnswerFields verdict(
      String word, @Nullable Double ttl, @Nullable String firstSeenAt, boolean mismatch) {
    AnswerFields fields = new AnswerFields();
    fields.status = word(word);
    fields.ttl = seconds(ttl);
    fields.firstSeenAt = firstSeenAt;
    fields.fingerprintMismatch = mismatch;
    return fields;
  }

  /**
   * The fields of a conflict's {@code detail}, or of the body where that has none; null where
   * neither says that the key is a duplicate.
   */
  static @Nullable AnswerFields readConflict(byte[] bytes) {
    JsonNode body = Json.tree(bytes);
    JsonNode detail = body == null ? null : body.get("detail");
    JsonNode told = detail != null && detail.isObject() ? detail : body;
    if (told == null || !told.isObject() || !saysDuplicate(told, detail)) {
      return null;
    }
    return read(told.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static boolean saysDuplicate(JsonNode told, @Nullable JsonNode detail) {
    String error = detail != null && detail.isTextual() ? detail.asText() : text(told, "error");
    return word(error).contains(DUPLICATE)
        || word(text(told, "status")).equals(DUPLICATE)
        || told.hasNonNull("first_seen_at");
  }

  private static String text(JsonNode told, String name) {
    return told.path(name).asText("");
  }

  /** The status word as it is compared; null where there is none. */
  @Nullable String status() {
    return status;
  }

  @Nullable Boolean success() {
    return success;
  }

  @Nullable String key() {
    return key;
  }

  @Nullable Duration ttl() {
    return ttl;
  }

  @Nullable Duration ttlLeft() {
    return seconds(ttlLeft);
  }

  @Nullable Duration retryAfter() {
    return seconds(retryAfter);
  }

  long version() {
    return version == null ? 0 : version.longValue();
  }

  @Nullable Instant firstSeenAt() {
    return instant(firstSeenAt);
  }

  @Nullable Instant doneAt() {
    return instant(doneAt);
  }

  @Nullable String leaseId() {
    return leaseId;
  }

  @Nullable String resultHash() {
    return resultHash;
  }

  @Nullable String errorCode() {
    return errorCode;
  }

  boolean fingerprintMismatch() {
    return fingerprintMismatch;
  }

  static String word(String text) {
    return text.strip().toLowerCase(Locale.ROOT);
  }

  static @Nullable Duration seconds(@Nullable Double value) {
    if (value == null || !(value >= 0)) {
      return null;
    }
    return Duration.ofMillis(Math.round(Math.min(value, MAX_SECONDS) * 1_000));
  }

  static @Nullable Instant instant(@Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return OffsetDateTime.parse(text.strip()).toInstant();
    } catch (DateTimeException e) {
      return null; // a date of another form is of no use, and no reason to distrust the verdict
    }
  }

  private void take(String name, JsonParser in) throws IOException {
    switch (name) {
      case "status" -> {
        boolean absent = in.currentToken() == JsonToken.VALUE_NULL;
        String text = Json.text(in);
        status = text != null ? word(text) : absent ? null : NO_WORD;
      }
      case "success" -> {
        JsonToken token = in.currentToken();
        success = token.isBoolean() ? Boolean.valueOf(token == JsonToken.VALUE_TRUE) : null;
        in.skipChildren();
      }
      case "key" -> key = Json.text(in);
      case "ttl" -> ttl = seconds(Json.number(in));
      case "ttl_left" -> ttlLeft = Json.number(in);
      case "retry_after_sec" -> retryAfter = Json.number(in);
      case "version" -> version = Json.number(in);
      case "first_seen_at" -> firstSeenAt = Json.text(in);
      case "done_at" -> doneAt = Json.text(in);
      case "lease_id" -> leaseId = Json.text(in);
      case "result_hash" -> resultHash = Json.text(in);
      case "error_code" -> errorCode = Json.text(in);
      case "fingerprint_mismatch" -> {
        fingerprintMismatch = in.currentToken() == JsonToken.VALUE_TRUE;
        in.skipChildren();
      }
      default -> in.skipChildren();
    }
  }
}
