package tech.onceonly.server;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.Fingerprint;
import tech.onceonly.server.store.ResultJson;

/**
 * The checked fields of one request's body. While it has {@link #errors()}, the fields mean
 * nothing. A field that the call does not read stays empty.
 */
final class RequestBody {
  /** More are not told: a short body must not make a long answer. */
  private static final int MOST_ERRORS = 16;

  private String key = "";
  private String leaseId = "";
  private String requestId = "";
  private String errorCode = "";
  private @Nullable String resultHash;
  private @Nullable String fingerprint;
  private @Nullable ResultJson result;
  private long ttlSeconds;
  private final Set<Route.Field> seen = EnumSet.noneOf(Route.Field.class);
  private @Nullable List<InputError> errors;

  String key() {
    return key;
  }

  /** The TTL asked for in seconds, 0 where none was. */
  long ttlSeconds() {
    return ttlSeconds;
  }

  String leaseId() {
    return leaseId;
  }

  String requestId() {
    return requestId;
  }

  String errorCode() {
    return errorCode;
  }

  @Nullable String resultHash() {
    return resultHash;
  }

  /** As stores keep it; null where none was given. */
  @Nullable Fingerprint fingerprint(MessageDigest sha256) {
    return fingerprint == null ? null : Fingerprint.of(fingerprint, sha256);
  }

  @Nullable ResultJson result() {
    return result;
  }

  List<InputError> errors() {
    return errors == null ? List.of() : errors;
  }

  void refuse(InputError error) {
    if (errors == null) {
      errors = new ArrayList<>(2);
    }
    if (errors.size() < MOST_ERRORS) {
      errors.add(error);
    }
  }

  boolean saw(Route.Field field) {
    return seen.contains(field);
  }

  void markSeen(Route.Field field) {
    seen.add(field);
  }

  void setTtlSeconds(long seconds) {
    ttlSeconds = seconds;
  }

  void setResult(@Nullable ResultJson given) {
    result = given;
  }

  void setText(Route.Field field, String text) {
    switch (field) {
      case KEY -> key = text;
      case LEASE_ID -> leaseId = text;
      case REQUEST_ID -> requestId = text;
      case ERROR_CODE -> errorCode = text;
      case RESULT_HASH -> resultHash = text;
      case FINGERPRINT -> fingerprint = text;
      case TTL, METADATA, RESULT ->
          throw new IllegalArgumentException(field.word() + " is no text");
    }
  }
}
