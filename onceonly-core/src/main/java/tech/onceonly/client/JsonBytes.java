package tech.onceonly.client;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/**
 * Collects the bytes of a JSON text, as UTF-8: a generator of Jackson's costs more to make than a
 * request has fields. Used by one thread.
 */
final class JsonBytes {

  private byte[] bytes;
  private int length;

  /**
   * @param sizeHint about how many there will be
   */
  JsonBytes(int sizeHint) {
    bytes = new byte[Math.max(16, sizeHint)];
  }

  /** One character that stands for itself, of ASCII. */
  JsonBytes sign(char sign) {
    room(1);
    bytes[length++] = (byte) sign;
    return this;
  }

  /** What is JSON already. */
  JsonBytes json(byte[] json) {
    return json(json, json.length);
  }

  JsonBytes json(JsonBytes json) {
    return json(json.bytes, json.length);
  }

  /**
   * A text, in quotation marks.
   *
   * @throws IllegalArgumentException where it has no UTF-8 form: half of a surrogate pair
   */
  JsonBytes quoted(String text) {
    room(text.length() + 2);
    bytes[length++] = '"';
    if (!appendPlain(text)) {
      json(JsonStringEncoder.getInstance().quoteAsUTF8(text));
    }
    return sign('"');
  }

  /** How many there are. */
  int size() {
    return length;
  }

  Buffer toBuffer() {
    return Buffer.buffer(length).appendBytes(bytes, 0, length);
  }

  private JsonBytes json(byte[] from, int count) {
    room(count);
    System.arraycopy(from, 0, bytes, length, count);
    length += count;
    return this;
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

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
