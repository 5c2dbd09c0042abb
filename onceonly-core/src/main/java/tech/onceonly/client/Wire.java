package tech.onceonly.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes the API's requests. */
final class Wire {

  private static final byte[] BATCH_BEGINS =
      "{\"verdicts\":\"short\",\"operations\":".getBytes(StandardCharsets.US_ASCII);

  private final String base;
  private final Target checkLock;
  private final Target lease;
  private final Target extend;
  private final Target complete;
  private final Target fail;
  private final Target cancel;
  private final Target release;

  Wire(BaseUrl baseUrl) {
    this.base = baseUrl.path();
    checkLock = new Target(base + "/check-lock", "check-lock");
    lease = new Target(base + "/ai/lease", "lease");
    extend = new Target(base + "/ai/extend", "extend");
    complete = new Target(base + "/ai/complete", "complete");
    fail = new Target(base + "/ai/fail", "fail");
    cancel = new Target(base + "/ai/cancel", "cancel");
    release = new Target(base + "/release", "release");
  }

  /** Where something is posted, and what it is called as a part of a batch. */
  private record Target(String uri, String operation) {}

  /**
   * A request as it goes over the wire.
   *
   * @param body null for all but a POST
   * @param operation what it is called as a part of a batch; null where it can't be one
   */
  record Request(
      HttpMethod method,
      String uri,
      @Nullable JsonBytes body,
      Call.Repeat repeat,
      @Nullable String operation) {

    Request(HttpMethod method, String uri, @Nullable JsonBytes body, Call.Repeat repeat) {
      this(method, uri, body, repeat, null);
    }
  }

  /**
   * @param offered what the server has declared: it is sent nothing that it does not take
   */
  Request checkLock(KeyRequest request, Extensions offered) {
    return claim(checkLock, request, offered, Call.Repeat.WHERE_REPLAYED);
  }

  /** Repeating a lease loses nothing: at worst the caller meets its own lease, in progress. */
  Request lease(KeyRequest request, Extensions offered) {
    return claim(lease, request, offered, Call.Repeat.ALWAYS);
  }

  Request extend(String key, String leaseId, @Nullable Duration ttl) {
    return owned(extend, withTtl(owner(key, leaseId), ttl));
  }

  Request complete(
      String key, String leaseId, @Nullable Object result, @Nullable String resultHash) {
    byte[] json = result == null ? null : json("result", result);
    return owned(
        complete, owner(key, leaseId).json("result", json).text("result_hash", resultHash));
  }

  Request fail(String key, String leaseId, String errorCode, @Nullable String errorHash) {
    return owned(
        fail, owner(key, leaseId).text("error_code", errorCode).text("error_hash", errorHash));
  }

  Request cancel(String key, String leaseId, @Nullable String reason) {
    return owned(cancel, owner(key, leaseId).text("reason", reason));
  }

  Request release(String key, String requestId) {
    KeyRequest.checkKey(key);
    return post(
        release,
        Call.Repeat.ALWAYS,
        new JsonBody(128 + key.length()).text("key", key).text("request_id", requestId));
  }

  /** A GET; parameters come as name, value, name, value, and null values are left out. */
  Request get(String path, @Nullable String... parameters) {
    StringBuilder uri = new StringBuilder(base).append(path);
    char separator = '?';
    for (int i = 0; i < parameters.length; i += 2) {
      String value = parameters[i + 1];
      if (value != null) {
        uri.append(separator).append(parameters[i]).append('=');
        uri.append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        separator = '&';
      }
    }
    return new Request(HttpMethod.GET, uri.toString(), null, Call.Repeat.ALWAYS);
  }

  Request inspect(String key) {
    return get("/keys/" + inPath(key));
  }

  Request releaseKey(String key) {
    return new Request(
        HttpMethod.DELETE, base + "/keys/" + inPath(key), null, Call.Repeat.UNLESS_IN_DOUBT);
  }

  /** Calls that travel together, each with the request id and the body that it has alone. */
  Request batch(List<? extends Call<?>> calls) {
    JsonBytes out = new JsonBytes(64 + calls.size() * 160).json(BATCH_BEGINS);
    char before = '[';
    for (Call<?> call : calls) {
      out.sign(before).sign('[').quoted(operation(call)).sign(',').quoted(call.requestId());
      out.sign(',').json(body(call)).sign(']');
      before = ',';
    }
    out.sign(']').sign('}');
    return new Request(HttpMethod.POST, base.concat("/batch"), out, Call.Repeat.NEVER);
  }

  /** A trial of the API, which no record waits for. */
  Request probe() {
    return new Request(HttpMethod.GET, base + "/me", null, Call.Repeat.NEVER);
  }

  private Request claim(Target target, KeyRequest request, Extensions offered, Call.Repeat repeat) {
    byte[] metadata = metadata(request.metadata());
    String fingerprint = offered.fingerprint() ? request.fingerprint() : null;
    int size = 16 + request.key().length() + (metadata == null ? 0 : 64 + metadata.length);
    return post(
        target,
        repeat,
        withTtl(new JsonBody(size).text("key", request.key()), request.ttl())
            .json("metadata", metadata)
            .text("fingerprint", fingerprint));
  }

  private static JsonBody owner(String key, String leaseId) {
    KeyRequest.checkKey(key);
    return new JsonBody(128 + key.length()).text("key", key).text("lease_id", leaseId);
  }

  private Request owned(Target target, JsonBody body) {
    return post(target, Call.Repeat.ALWAYS, body);
  }

  private static Request post(Target target, Call.Repeat repeat, JsonBody body) {
    return new Request(HttpMethod.POST, target.uri(), body.end(), repeat, target.operation());
  }

  private static String operation(Call<?> call) {
    return Objects.requireNonNull(call.operation(), "a call that is no part of a batch");
  }

  private static JsonBytes body(Call<?> call) {
    return Objects.requireNonNull(call.body(), "what is part of a batch is posted with a body");
  }

  /** As one segment, whatever is in it. */
  private static String inPath(String key) {
    KeyRequest.checkKey(key);
    String encoded = URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
    // These two alone would be taken for the way up, or for nothing.
    return encoded.equals(".") || encoded.equals("..") ? encoded.replace(".", "%2E") : encoded;
  }

  private static byte @Nullable [] metadata(Map<String, ?> metadata) {
    if (metadata.isEmpty()) {
      return null;
    }
    byte[] json = json("metadata", metadata);
    if (json.length > KeyRequest.MAX_METADATA_BYTES) {
      throw new IllegalArgumentException(
          "metadata must have at most "
              + KeyRequest.MAX_METADATA_BYTES
              + " bytes as JSON, has "
              + json.length);
    }
    return json;
  }

  private static byte[] json(String name, Object value) {
    try {
      return Json.MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          name + " cannot be written as JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static JsonBody withTtl(JsonBody body, @Nullable Duration ttl) {
    return ttl == null ? body : body.number("ttl", ttl.toSeconds());
  }
}
