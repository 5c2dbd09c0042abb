package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads back what {@link StateWriter} wrote. Throws a {@link RuntimeException} of any kind where
 * the bytes are none of its.
 */
final class StateReader {
  private final ByteBuffer buffer;

  StateReader(byte[] bytes) {
    buffer = ByteBuffer.wrap(bytes);
  }

  boolean hasMore() {
    return buffer.hasRemaining();
  }

  int readByte() {
    return buffer.get();
  }

  long readLong() {
    return buffer.getLong();
  }

  @Nullable String readText() {
    byte[] utf8 = readBytes();
    return utf8 == null ? null : new String(utf8, UTF_8);
  }

  String readNeededText() {
    String text = readText();
    if (text == null) {
      throw new IllegalStateException("a text is missing");
    }
    return text;
  }

  byte @Nullable [] readBytes() {
    int length = buffer.getInt();
    if (length < 0) {
      return null;
    }
    if (length > buffer.remaining()) {
      throw new IllegalStateException(length + " bytes announced, " + buffer.remaining() + " left");
    }
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }
}
