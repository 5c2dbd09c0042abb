package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Writes a state's fields down, one after the other, as {@link StateReader} reads them. */
final class StateWriter {
  private static final int ABSENT = -1;

  private ByteBuffer buffer = ByteBuffer.allocate(128);

  void writeByte(int value) {
    withRoomFor(Byte.BYTES).put((byte) value);
  }

  void writeLong(long value) {
    withRoomFor(Long.BYTES).putLong(value);
  }

  void writeText(@Nullable String text) {
    writeBytes(text == null ? null : text.getBytes(UTF_8));
  }

  void writeBytes(byte @Nullable [] bytes) {
    if (bytes == null) {
      withRoomFor(Integer.BYTES).putInt(ABSENT);
    } else {
      withRoomFor(Integer.BYTES + bytes.length).putInt(bytes.length).put(bytes);
    }
  }

  byte[] written() {
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    buffer.clear();
    return bytes;
  }

  private ByteBuffer withRoomFor(int more) {
    if (buffer.remaining() < more) {
      int needed = buffer.position() + more;
      buffer = ByteBuffer.allocate(Math.max(needed, 2 * buffer.capacity())).put(buffer.flip());
    }
    return buffer;
  }
}
