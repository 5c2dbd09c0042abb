package tech.onceonly.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a batch's JSON, whole, before any of it is carried out. What is wrong with one operation is
 * kept for its own answer; what is wrong with the envelope refuses the batch. Thread-safe.
 */
final class BatchReader {
  /** Most operations of a batch: as many as a poll of Kafka's default size, and a few more. */
  static final int MAX_OPERATIONS = 512;

  /**
   * Largest body: as many check-locks as there may be fit, each with the longest key and the
   * largest metadata.
   */
  static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

  private static final InputError NO_OPERATION =
      InputError.ofWholeBody("list_type", "Input should be a list: operation, request id, body");

  private final RequestReader bodies;
  private final RequestIds requestIds;

  BatchReader(RequestReader bodies, RequestIds requestIds) {
    this.bodies = bodies;
    this.requestIds = requestIds;
  }

  /**
   * What a batch asks for.
   *
   * @param error why it is refused as a whole; null where it is not
   */
  record Batch(List<Operation> operations, boolean shortVerdicts, @Nullable InputError error) {}

  Batch read(byte[] bytes) {
    if (bytes.length == 0) {
      return refused(InputError.MISSING);
    }
    try (JsonParser parser = bodies.parser(bytes)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        parser.skipChildren();
        RequestReader.expectEnd(parser);
        return refused(InputError.NO_OBJECT);
      }
      Batch batch = readFields(parser);
      if (batch.error == null) {
        RequestReader.expectEnd(parser);
      }
      return batch;
    } catch (IOException e) {
      return refused(InputError.NO_JSON);
    }
  }

  private Batch readFields(JsonParser parser) throws IOException {
    List<Operation> operations = null;
    boolean shortVerdicts = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      if (name.equals("operations")) {
        if (token != JsonToken.START_ARRAY) {
          return refused("operations", "list_type", "Input should be a valid list");
        }
        operations = readOperations(parser);
        if (operations == null) {
          return refused(
              "operations", "too_long", "List should have at most " + MAX_OPERATIONS + " items");
        }
      } else if (name.equals("verdicts")) {
        String word = token == JsonToken.VALUE_STRING ? parser.getText() : "";
        parser.skipChildren();
        if (!word.equals("short") && !word.equals("full")) {
          return refused("verdicts", "enum", "Input should be 'short' or 'full'");
        }
        shortVerdicts = word.equals("short");
      } else {
        parser.skipChildren();
      }
    }
    return operations == null
        ? refused("operations", "missing", "Field required")
        : new Batch(operations, shortVerdicts, null);
  }

  /** Null where there are too many. */
  private @Nullable List<Operation> readOperations(JsonParser parser) throws IOException {
    List<Operation> operations = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (operations.size() == MAX_OPERATIONS) {
        return null;
      }
      operations.add(readOperation(token, parser));
    }
    return operations;
  }

  /** {@code [operation, request id, body]}; what comes after these is passed over. */
  private Operation readOperation(JsonToken first, JsonParser parser) throws IOException {
    JsonToken token = first == JsonToken.START_ARRAY ? parser.nextToken() : first;
    if (first != JsonToken.START_ARRAY || token != JsonToken.VALUE_STRING) {
      parser.skipChildren();
      if (first == JsonToken.START_ARRAY && token != JsonToken.END_ARRAY) {
        skipRest(parser);
      }
      return operation(Route.CHECK_LOCK, null, RequestReader.refused(NO_OPERATION));
    }
    Route route = Route.ofOperation(parser.getText());
    token = parser.nextToken();
    if (token == JsonToken.END_ARRAY) {
      return operation(route, null, RequestReader.refused(InputError.MISSING));
    }
    String id = token == JsonToken.VALUE_STRING ? parser.getText() : null;
    parser.skipChildren();
    if (parser.nextToken() == JsonToken.END_ARRAY) {
      return operation(route, id, RequestReader.refused(InputError.MISSING));
    }
    RequestBody body = bodies.readCurrent(route == null ? Route.CHECK_LOCK : route, parser);
    skipRest(parser);
    return operation(route, id, body);
  }

  private Operation operation(@Nullable Route route, @Nullable String id, RequestBody body) {
    String settled = requestIds.settle(id);
    return new Operation(route, settled, settled.equals(id), body);
  }

  /** Up to the end of the array whose element was read last. */
  private static void skipRest(JsonParser parser) throws IOException {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      parser.skipChildren();
    }
  }

  private static Batch refused(String field, String type, String msg) {
    return refused(InputError.ofBody(field, type, msg, null));
  }

  private static Batch refused(InputError error) {
    return new Batch(List.of(), false, error);
  }
}
