package tech.onceonly.server;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.ResultJson;

/**
 * Writes one JSON answer after another into the same bytes: no tree, no generator a request. Not
 * thread-safe; one an event loop.
 */
final class JsonWriter {
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  /** An answer larger than this gives its room back afterwards. */
  private static final int KEPT_BYTES = 16 * 1024;

  private byte[] bytes = new byte[1024];
  private int length;
  private boolean needsComma;

  /** Starts a new answer, an object. */
  JsonWriter start() {
    return clear().open('{');
  }

  /** Starts a new answer, an array; {@link #endArray} ends it. */
  JsonWriter startList() {
    return clear().open('[');
  }

  /** Ends the answer. */
  JsonWriter end() {
    return close('}');
  }

  Buffer toBuffer() {
    return Buffer.buffer(length).appendBytes(bytes, 0, length);
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  JsonWriter startObject(String name) {
    name(name);
    return open('{');
  }

  JsonWriter startElement() {
    comma();
    return open('{');
  }

  JsonWriter endObject() {
    return close('}');
  }

  JsonWriter startArray(String name) {
    name(name);
    return open('[');
  }

  JsonWriter endArray() {
    return close(']');
  }

  JsonWriter field(String name, @Nullable String value) {
    name(name);
    return value(value);
  }

  JsonWriter field(String name, long value) {
    name(name);
    String digits = Long.toString(value);
    ascii(digits);
    needsComma = true;
    return this;
  }

  JsonWriter field(String name, boolean value) {
    name(name);
    ascii(value ? "true" : "false");
    needsComma = true;
    return this;
  }

  /** A moment to the second, as {@code 2026-01-06T10:00:00Z}; null where 0. */
  JsonWriter moment(String name, long millis) {
    name(name);
    return moment(millis);
  }

  JsonWriter moment(long millis) {
    return value(
        millis == 0 ? null : Instant.ofEpochSecond(Math.floorDiv(millis, 1000)).toString());
  }

  /** A value that is JSON already. */
  JsonWriter raw(String name, @Nullable ResultJson json) {
    if (json == null) {
      return field(name, null);
    }
    name(name);
    room(json.length());
    json.copyTo(bytes, length);
    length += json.length();
    needsComma = true;
    return this;
  }

  /** An element that is JSON already. */
  JsonWriter raw(byte[] json) {
    comma();
    return append(json);
  }

  /** A field whose value is JSON already. */
  JsonWriter raw(String name, byte[] json) {
    name(name);
    return append(json);
  }

  JsonWriter value(long value) {
    comma();
    ascii(Long.toString(value));
    needsComma = true;
    return this;
  }

  JsonWriter value(@Nullable String value) {
    comma();
    if (value == null) {
      ascii("null");
    } else {
      quoted(value);
    }
    needsComma = true;
    return this;
  }

  private JsonWriter clear() {
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[1024];
    }
    length = 0;
    needsComma = false;
    return this;
  }

  private JsonWriter append(byte[] json) {
    room(json.length);
    System.arraycopy(json, 0, bytes, length, json.length);
    length += json.length;
    needsComma = true;
    return this;
  }

  private JsonWriter open(char bracket) {
    put(bracket);
    needsComma = false;
    return this;
  }

  private JsonWriter close(char bracket) {
    put(bracket);
    needsComma = true;
    return this;
  }

  /** Names are the code's own: plain ASCII that needs no escape. */
  private void name(String name) {
    comma();
    put('"');
    ascii(name);
    put('"');
    put(':');
    needsComma = false;
  }

  private void comma() {
    if (needsComma) {
      put(',');
    }
  }

  private void quoted(String text) {
    // The worst char takes six bytes, as an escape.
    room(text.length() * 6 + 2);
    bytes[length++] = '"';
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x20 && c < 0x7F) {
        if (c == '"' || c == '\\') {
          bytes[length++] = '\\';
        }
        bytes[length++] = (byte) c;
      } else if (c < 0x20 || c == 0x7F) {
        escape(c);
      } else if (!Character.isSurrogate(c)) {
        utf8(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        utf8(Character.toCodePoint(c, text.charAt(++i)));
      } else {
        escape(c);
      }
    }
    bytes[length++] = '"';
  }

  private void escape(char c) {
    bytes[length++] = '\\';
    bytes[length++] = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) {
      bytes[length++] = HEX[(c >> shift) & 0xF];
    }
  }

  private void utf8(int codePoint) {
    if (codePoint < 0x800) {
      bytes[length++] = (byte) (0xC0 | (codePoint >> 6));
    } else {
      if (codePoint < 0x10000) {
        bytes[length++] = (byte) (0xE0 | (codePoint >> 12));
      } else {
        bytes[length++] = (byte) (0xF0 | (codePoint >> 18));
        bytes[length++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
      }
      bytes[length++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
    }
    bytes[length++] = (byte) (0x80 | (codePoint & 0x3F));
  }

  private void ascii(String text) {
    room(text.length());
    for (int i = 0; i < text.length(); i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
  }

  private void put(char c) {
    room(1);
    bytes[length++] = (byte) c;
  }

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
