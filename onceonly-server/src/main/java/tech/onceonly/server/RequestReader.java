package tech.onceonly.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.ResultJson;

/**
 * Reads and checks a request's JSON body, in one pass. Unknown fields are ignored; of a field given
 * twice the last counts; a null is as good as absent. Whatever the bytes, the outcome is a {@link
 * RequestBody}, with errors or without. Thread-safe.
 */
final class RequestReader {
  /** Largest body: a stored result of the largest size fits, with its key and some escapes. */
  static final int MAX_BODY_BYTES = 128 * 1024;

  /** Largest metadata, in bytes of compact JSON in UTF-8. */
  static final int MAX_METADATA_BYTES = 2_048;

  /** Largest result, in bytes of compact JSON in UTF-8. */
  static final int MAX_RESULT_BYTES = 64 * 1024;

  private static final int MAX_FINGERPRINT_CODE_POINTS = 128;
  private static final int MAX_OTHER_CODE_POINTS = 256;
  private static final int MAX_NESTING = 100;

  private final JsonFactory json =
      JsonFactory.builder()
          // Names come from strangers: they must not stay in a JVM-wide table.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_NESTING)
                  .maxNumberLength(1_000)
                  .build())
          .build();

  RequestBody read(Route route, byte[] bytes) {
    if (bytes.length == 0) {
      return refused(InputError.MISSING);
    }
    try (JsonParser parser = parser(bytes)) {
      parser.nextToken();
      RequestBody body = readCurrent(route, parser);
      expectEnd(parser);
      return body;
    } catch (IOException e) {
      return refused(InputError.NO_JSON);
    }
  }

  JsonParser parser(byte[] bytes) throws IOException {
    return json.createParser(bytes);
  }

  /** Reads the value under the parser, up to its end. */
  RequestBody readCurrent(Route route, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return refused(InputError.NO_OBJECT);
    }
    RequestBody body = new RequestBody();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      Route.Field field = Route.Field.ofWord(parser.currentName());
      JsonToken token = parser.nextToken();
      if (field == null || !route.reads(field) || token == JsonToken.VALUE_NULL) {
        parser.skipChildren();
      } else {
        body.markSeen(field);
        readField(field, token, parser, body);
      }
    }
    refuseMissing(route, body);
    return body;
  }

  static RequestBody refused(InputError error) {
    RequestBody body = new RequestBody();
    body.refuse(error);
    return body;
  }

  static void expectEnd(JsonParser parser) throws IOException {
    if (parser.nextToken() != null) {
      throw new IOException("more after the end");
    }
  }

  private void readField(Route.Field field, JsonToken token, JsonParser parser, RequestBody body)
      throws IOException {
    switch (field) {
      case KEY -> readText(field, TextRules.MAX_KEY_CODE_POINTS, token, parser, body);
      case LEASE_ID, REQUEST_ID, ERROR_CODE, RESULT_HASH ->
          readText(field, MAX_OTHER_CODE_POINTS, token, parser, body);
      case FINGERPRINT -> readText(field, MAX_FINGERPRINT_CODE_POINTS, token, parser, body);
      case TTL -> readTtl(token, parser, body);
      case METADATA -> readMetadata(token, parser, body);
      case RESULT -> readResult(parser, body);
    }
  }

  private static void readText(
      Route.Field field, int maxCodePoints, JsonToken token, JsonParser parser, RequestBody body)
      throws IOException {
    if (token != JsonToken.VALUE_STRING) {
      refuseType(field, "string_type", "Input should be a valid string", token, parser, body);
      return;
    }
    String text = parser.getText();
    TextRules.Fault fault = TextRules.faultOf(text, maxCodePoints);
    if (fault == null) {
      body.setText(field, text);
    } else {
      body.refuse(InputError.ofBody(field.word(), fault.type(), fault.msg(), text));
    }
  }

  private static void readTtl(JsonToken token, JsonParser parser, RequestBody body)
      throws IOException {
    if (token != JsonToken.VALUE_NUMBER_INT) {
      refuseType(
          Route.Field.TTL, "int_type", "Input should be a valid integer", token, parser, body);
      return;
    }
    long seconds =
        switch (parser.getNumberType()) {
          case INT, LONG -> parser.getLongValue();
          default -> clampToLong(parser.getBigIntegerValue());
        };
    if (seconds < 1) {
      body.refuse(
          InputError.ofBody(
              "ttl",
              "greater_than_equal",
              "Input should be greater than or equal to 1",
              parser.getText()));
    } else {
      body.setTtlSeconds(seconds);
    }
  }

  /** However large, a TTL is cut to the plan's, never refused. */
  private static long clampToLong(BigInteger value) {
    return value.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
  }

  private void readMetadata(JsonToken token, JsonParser parser, RequestBody body)
      throws IOException {
    if (token != JsonToken.START_OBJECT) {
      refuseType(
          Route.Field.METADATA, "dict_type", "Input should be a JSON object", token, parser, body);
      return;
    }
    if (compact(parser).length > MAX_METADATA_BYTES) {
      body.refuse(
          InputError.ofBody(
              "metadata",
              "metadata_too_large",
              "Metadata should have at most " + MAX_METADATA_BYTES + " bytes as compact JSON",
              null));
    }
  }

  private void readResult(JsonParser parser, RequestBody body) throws IOException {
    byte[] compact = compact(parser);
    if (compact.length > MAX_RESULT_BYTES) {
      body.refuse(
          InputError.ofBody(
              "result",
              "result_too_large",
              "Result should have at most " + MAX_RESULT_BYTES + " bytes as compact JSON",
              null));
    } else {
      body.setResult(new ResultJson(compact));
    }
  }

  /** The value under the parser without its white space; numbers stay as they were written. */
  private byte[] compact(JsonParser parser) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator generator = json.createGenerator(out)) {
      int depth = 0;
      JsonToken token = parser.currentToken();
      while (true) {
        if (token == null) {
          throw new IOException("cut off");
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (token.isNumeric()) {
          generator.writeNumber(parser.getText());
        } else {
          generator.copyCurrentEvent(parser);
        }
        if (depth == 0) {
          break;
        }
        token = parser.nextToken();
      }
    }
    return out.toByteArray();
  }

  private static void refuseType(
      Route.Field field,
      String type,
      String msg,
      JsonToken token,
      JsonParser parser,
      RequestBody body)
      throws IOException {
    String input = token.isScalarValue() ? parser.getText() : null;
    parser.skipChildren();
    body.refuse(InputError.ofBody(field.word(), type, msg, input));
  }

  private static void refuseMissing(Route route, RequestBody body) {
    for (Route.Field field : Route.Field.values()) {
      if (field.isRequired() && route.reads(field) && !body.saw(field)) {
        body.refuse(InputError.ofBody(field.word(), "missing", "Field required", null));
      }
    }
  }

  /** Of a key that stands in the query or in the path. */
  static @Nullable InputError checkKeyOfQuery(@Nullable String key) {
    if (key == null) {
      return InputError.ofQuery("key", "missing", "Field required", null);
    }
    TextRules.Fault fault = TextRules.faultOf(key, TextRules.MAX_KEY_CODE_POINTS);
    return fault == null ? null : InputError.ofQuery("key", fault.type(), fault.msg(), key);
  }
}
