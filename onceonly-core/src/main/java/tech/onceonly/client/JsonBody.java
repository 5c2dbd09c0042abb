package tech.onceonly.client;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON object, field by field: what a generator of Jackson's does too, which costs more
 * to make than a request has fields. Used by one thread.
 */
final class JsonBody {

  private byte[] bytes;
  private int length;
  private char before = '{';

  /**
   * @param sizeHint about how many bytes it will have
   */
  JsonBody(int sizeHint) {
    bytes = new byte[Math.max(16, sizeHint)];
  }

  /**
   * Nothing where the value is null.
   *
   * @param name plain ASCII, as all names are that end up here
   * @throws IllegalArgumentException where the value has no UTF-8 form: half of a surrogate pair
   */
  JsonBody text(String name, @Nullable String value) {
    if (value == null) {
      return this;
    }
    name(name);
    room(value.length() + 2);
    bytes[length++] = '"';
    if (!appendPlain(value)) {
      append(JsonStringEncoder.getInstance().quoteAsUTF8(value));
    }
    room(1);
    bytes[length++] = '"';
    return this;
  }

  JsonBody number(String name, long value) {
    name(name);
    append(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  /** What is JSON already; nothing where it is null. */
  JsonBody json(String name, byte @Nullable [] value) {
    if (value != null) {
      name(name);
      append(value);
    }
    return this;
  }

  /** The whole of it; nothing can be added any more. */
  Buffer end() {
    room(2);
    if (before == '{') {
      bytes[length++] = '{';
    }
    bytes[length++] = '}';
    return Buffer.buffer(Arrays.copyOf(bytes, length));
  }

  private void name(String name) {
    room(name.length() + 4);
    bytes[length++] = (byte) before;
    before = ',';
    bytes[length++] = '"';
    appendPlain(name);
    bytes[length++] = '"';
    bytes[length++] = ':';
  }

  /** False, and nothing appended, where something is to be escaped or is not ASCII. */
  private boolean appendPlain(String text) {
    int at = length;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return false;
      }
      bytes[at++] = (byte) c;
    }
    length = at;
    return true;
  }

  private void append(byte[] more) {
    room(more.length);
    System.arraycopy(more, 0, bytes, length, more.length);
    length += more.length;
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
