package tech.onceonly.server;

import io.vertx.core.http.HttpMethod;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The calls there are: path, method, and the fields of the body that each reads. */
enum Route {
  CHECK_LOCK("/v1/check-lock", Field.KEY, Field.TTL, Field.METADATA, Field.FINGERPRINT),
  RELEASE("/v1/release", Field.KEY, Field.REQUEST_ID),
  LEASE("/v1/ai/lease", Field.KEY, Field.TTL, Field.METADATA, Field.FINGERPRINT),
  EXTEND("/v1/ai/extend", Field.KEY, Field.LEASE_ID, Field.TTL),
  COMPLETE("/v1/ai/complete", Field.KEY, Field.LEASE_ID, Field.RESULT, Field.RESULT_HASH),
  FAIL("/v1/ai/fail", Field.KEY, Field.LEASE_ID, Field.ERROR_CODE),
  CANCEL("/v1/ai/cancel", Field.KEY, Field.LEASE_ID),
  BATCH("/v1/batch"),
  KEYS("/v1/keys"),
  /** Its path goes on with the key, percent-encoded or as it stands. */
  KEY("/v1/keys/"),
  STATUS("/v1/ai/status"),
  RESULT("/v1/ai/result"),
  ME("/v1/me"),
  USAGE("/v1/usage"),
  USAGE_ALL("/v1/usage/all"),
  EVENTS("/v1/events"),
  STATS("/v1/stats"),
  METRICS("/v1/metrics"),
  HEALTH("/v1/health"),
  HEALTH_AT_ROOT("/health"),
  LIVE("/health/live"),
  READY("/health/ready"),
  /** For Prometheus; {@link #METRICS} is the account's. */
  PROMETHEUS("/metrics"),
  OPENAPI("/openapi.json"),
  CONSOLE("/"),
  /** Its path goes on with a file's name. */
  CONSOLE_FILE("/console/");

  private static final Map<String, Route> BY_PATH =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(r -> r.path, Function.identity()));

  private final String path;

  @SuppressWarnings("ImmutableEnumChecker") // It is: Set.of gives no other.
  private final Set<Field> fields;

  Route(String path, Field... fields) {
    this.path = path;
    this.fields = Set.of(fields);
  }

  static @Nullable Route ofPath(@Nullable String path) {
    if (path == null) {
      return null;
    }
    if (path.startsWith(KEY.path)) {
      return KEY;
    }
    return path.startsWith(CONSOLE_FILE.path) ? CONSOLE_FILE : BY_PATH.get(path);
  }

  /** The call that an operation of a batch stands for; null where there is none of that name. */
  static @Nullable Route ofOperation(String word) {
    return switch (word) {
      case "check-lock" -> CHECK_LOCK;
      case "release" -> RELEASE;
      case "lease" -> LEASE;
      case "extend" -> EXTEND;
      case "complete" -> COMPLETE;
      case "fail" -> FAIL;
      case "cancel" -> CANCEL;
      default -> null;
    };
  }

  /**
   * Calls that change something are POST and carry a body, or DELETE and name it in their path; all
   * others are GET. What is open to all is asked by HEAD too, by probes and proxies.
   */
  boolean takes(HttpMethod method) {
    if (hasBody()) {
      return method.equals(HttpMethod.POST);
    }
    return method.equals(HttpMethod.GET)
        || (this == KEY && method.equals(HttpMethod.DELETE))
        || (isOpen() && method.equals(HttpMethod.HEAD));
  }

  /** The methods that it takes, as a header lists them. */
  String allowed() {
    if (hasBody()) {
      return "POST";
    }
    return isOpen() ? "GET, HEAD" : this == KEY ? "GET, DELETE" : "GET";
  }

  /** Whether it asks for a key, and does not just tell what became of one. */
  boolean claims() {
    return this == CHECK_LOCK || this == LEASE;
  }

  boolean isForAdmins() {
    return this == KEYS || this == KEY || this == STATS;
  }

  /** Whether it is for browsers. */
  boolean isConsole() {
    return this == CONSOLE || this == CONSOLE_FILE;
  }

  /** As an OpenAPI document writes it. */
  String pathTemplate() {
    return switch (this) {
      case KEY -> path + "{key}";
      case CONSOLE_FILE -> path + "{file}";
      default -> path;
    };
  }

  /** What follows this route's own part of the path. */
  String restOf(String path) {
    return path.substring(this.path.length());
  }

  boolean hasBody() {
    return !fields.isEmpty() || this == BATCH;
  }

  /** Largest body, in bytes. */
  int maxBodyBytes() {
    return this == BATCH ? BatchReader.MAX_BODY_BYTES : RequestReader.MAX_BODY_BYTES;
  }

  boolean isOpen() {
    return switch (this) {
      case HEALTH, HEALTH_AT_ROOT, LIVE, READY, PROMETHEUS, OPENAPI, CONSOLE, CONSOLE_FILE -> true;
      default -> false;
    };
  }

  boolean reads(Field field) {
    return fields.contains(field);
  }

  /** Fields of a request's body; {@code required} ones must be there. */
  enum Field {
    KEY("key", true),
    TTL("ttl", false),
    METADATA("metadata", false),
    FINGERPRINT("fingerprint", false),
    REQUEST_ID("request_id", true),
    LEASE_ID("lease_id", true),
    RESULT("result", false),
    RESULT_HASH("result_hash", false),
    ERROR_CODE("error_code", true);

    private final String word;
    private final boolean required;

    Field(String word, boolean required) {
      this.word = word;
      this.required = required;
    }

    static @Nullable Field ofWord(String word) {
      return switch (word) {
        case "key" -> KEY;
        case "ttl" -> TTL;
        case "metadata" -> METADATA;
        case "fingerprint" -> FINGERPRINT;
        case "request_id" -> REQUEST_ID;
        case "lease_id" -> LEASE_ID;
        case "result" -> RESULT;
        case "result_hash" -> RESULT_HASH;
        case "error_code" -> ERROR_CODE;
        default -> null;
      };
    }

    String word() {
      return word;
    }

    boolean isRequired() {
      return required;
    }
  }
}
