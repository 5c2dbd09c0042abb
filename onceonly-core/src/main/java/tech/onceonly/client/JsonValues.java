package tech.onceonly.client;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads single values out of payloads. Thread-safe; never throws over a payload. */
public final class JsonValues {

  /** Exact decimals: two numbers that differ must not give one text. */
  private static final ObjectReader EXACT =
      Json.MAPPER.reader().with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private JsonValues() {}

  /**
   * The text, number or truth value at a place of a payload.
   *
   * @param value JSON text as a {@code String}, {@code byte[]} or {@link ByteBuffer} (whose
   *     position stays), a {@link JsonNode}, or any object that Jackson can write: a map, a record,
   *     a bean
   * @param jsonPointer as RFC 6901 has it, for example {@code /order/id}; the empty one is the
   *     whole
   * @return null where there is nothing, an object, an array, a null or no JSON
   * @throws IllegalArgumentException if the pointer is none
   */
  public static @Nullable String at(@Nullable Object value, String jsonPointer) {
    JsonPointer pointer = JsonPointer.compile(jsonPointer);
    JsonNode root;
    try {
      root = tree(value);
    } catch (IOException | RuntimeException e) {
      return null; // no JSON, nor anything that can be made it: the null says so
    }
    JsonNode found = root == null ? null : root.at(pointer);
    return found == null || found.isNull() || !found.isValueNode() ? null : found.asText();
  }

  private static @Nullable JsonNode tree(@Nullable Object value) throws IOException {
    if (value == null) {
      return null;
    }
    if (value instanceof JsonNode node) {
      return node;
    }
    if (value instanceof String text) {
      return EXACT.readTree(text);
    }
    if (value instanceof byte[] bytes) {
      return EXACT.readTree(bytes);
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return EXACT.readTree(bytes);
    }
    return Json.MAPPER.valueToTree(value);
  }
}
