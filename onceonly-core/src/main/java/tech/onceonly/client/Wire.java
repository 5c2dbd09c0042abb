package tech.onceonly.client;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes the API's requests. */
final class Wire {

  private final String base;

  Wire(BaseUrl baseUrl) {
    this.base = baseUrl.path();
  }

  /**
   * A request as it goes over the wire.
   *
   * @param body null for all but a POST
   * @param operation what it is called as a part of a batch; null where it can't be one
   */
  record Request(
      HttpMethod method,
      String uri,
      @Nullable Buffer body,
      Call.Repeat repeat,
      @Nullable String operation) {

    Request(HttpMethod method, String uri, @Nullable Buffer body, Call.Repeat repeat) {
      this(method, uri, body, repeat, null);
    }
  }

  /** What a JSON object's fields are written with. */
  private interface Fields {
    void writeTo(JsonGenerator out) throws IOException;
  }

  /**
   * @param offered what the server has declared: it is sent nothing that it does not take
   */
  Request checkLock(KeyRequest request, Extensions offered) {
    return claim("/check-lock", request, offered, Call.Repeat.WHERE_REPLAYED);
  }

  /** Repeating a lease loses nothing: at worst the caller meets its own lease, in progress. */
  Request lease(KeyRequest request, Extensions offered) {
    return claim("/ai/lease", request, offered, Call.Repeat.ALWAYS);
  }

  Request extend(String key, String leaseId, @Nullable Duration ttl) {
    return owned("/ai/extend", key, leaseId, out -> writeTtl(out, ttl));
  }

  Request complete(
      String key, String leaseId, @Nullable Object result, @Nullable String resultHash) {
    byte[] json = result == null ? null : json("result", result);
    return owned(
        "/ai/complete",
        key,
        leaseId,
        out -> {
          if (json != null) {
            out.writeFieldName("result");
            out.writeRawValue(new String(json, StandardCharsets.UTF_8));
          }
          writeText(out, "result_hash", resultHash);
        });
  }

  Request fail(String key, String leaseId, String errorCode, @Nullable String errorHash) {
    return owned(
        "/ai/fail",
        key,
        leaseId,
        out -> {
          writeText(out, "error_code", errorCode);
          writeText(out, "error_hash", errorHash);
        });
  }

  Request cancel(String key, String leaseId, @Nullable String reason) {
    return owned("/ai/cancel", key, leaseId, out -> writeText(out, "reason", reason));
  }

  Request release(String key, String requestId) {
    KeyRequest.checkKey(key);
    return post(
        "/release",
        Call.Repeat.ALWAYS,
        128 + key.length(),
        out -> {
          out.writeStringField("key", key);
          out.writeStringField("request_id", requestId);
        });
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
    Buffer body = Buffer.buffer(calls.size() * 160);
    body.appendString("{\"verdicts\":\"short\",\"operations\":[");
    char before = ' ';
    for (Call<?> call : calls) {
      body.appendByte((byte) before).appendString("[\"").appendString(operation(call));
      body.appendString("\",\"").appendBytes(quoted(call.requestId())).appendString("\",");
      Buffer own = call.body();
      body.appendBuffer(own == null ? Buffer.buffer("null") : own).appendByte((byte) ']');
      before = ',';
    }
    body.appendString("]}");
    return new Request(HttpMethod.POST, base.concat("/batch"), body, Call.Repeat.NEVER);
  }

  /** A trial of the API, which no record waits for. */
  Request probe() {
    return new Request(HttpMethod.GET, base + "/me", null, Call.Repeat.NEVER);
  }

  private Request claim(String path, KeyRequest request, Extensions offered, Call.Repeat repeat) {
    byte[] metadata = metadata(request.metadata());
    String fingerprint = offered.fingerprint() ? request.fingerprint() : null;
    return post(
        path,
        repeat,
        64 + request.key().length() + (metadata == null ? 0 : metadata.length),
        out -> {
          out.writeStringField("key", request.key());
          writeTtl(out, request.ttl());
          if (metadata != null) {
            out.writeFieldName("metadata");
            out.writeRawValue(new String(metadata, StandardCharsets.UTF_8));
          }
          writeText(out, "fingerprint", fingerprint);
        });
  }

  private Request owned(String path, String key, String leaseId, Fields more) {
    KeyRequest.checkKey(key);
    return post(
        path,
        Call.Repeat.ALWAYS,
        128 + key.length(),
        out -> {
          out.writeStringField("key", key);
          out.writeStringField("lease_id", leaseId);
          more.writeTo(out);
        });
  }

  private Request post(String path, Call.Repeat repeat, int sizeHint, Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(sizeHint);
    try (JsonGenerator out = Json.FACTORY.createGenerator(bytes)) {
      out.writeStartObject();
      fields.writeTo(out);
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory does not fail", e);
    }
    return new Request(
        HttpMethod.POST,
        base.concat(path),
        Buffer.buffer(bytes.toByteArray()),
        repeat,
        path.substring(path.lastIndexOf('/') + 1));
  }

  private static String operation(Call<?> call) {
    return Objects.requireNonNull(call.operation(), "a call that is no part of a batch");
  }

  private static byte[] quoted(String text) {
    return JsonStringEncoder.getInstance().quoteAsUTF8(text);
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

  private static void writeTtl(JsonGenerator out, @Nullable Duration ttl) throws IOException {
    if (ttl != null) {
      out.writeNumberField("ttl", ttl.toSeconds());
    }
  }

  private static void writeText(JsonGenerator out, String name, @Nullable String value)
      throws IOException {
    if (value != null) {
      out.writeStringField(name, value);
    }
  }
}
