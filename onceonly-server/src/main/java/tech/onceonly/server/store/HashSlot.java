package tech.onceonly.server.store;

/** Which of a Redis Cluster's slots a key is in: CRC-16 (XMODEM) of its tag, or of the whole. */
final class HashSlot {
  static final int COUNT = 16_384;

  private static final int POLYNOMIAL = 0x1021;

  private HashSlot() {}

  static int of(byte[] name) {
    int open = indexOf(name, '{', 0);
    if (open >= 0) {
      int close = indexOf(name, '}', open + 1);
      if (close > open + 1) {
        return crc16(name, open + 1, close) % COUNT;
      }
    }
    return crc16(name, 0, name.length) % COUNT;
  }

  private static int indexOf(byte[] name, char wanted, int from) {
    for (int i = from; i < name.length; i++) {
      if (name[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static int crc16(byte[] bytes, int from, int to) {
    int crc = 0;
    for (int i = from; i < to; i++) {
      crc ^= (bytes[i] & 0xFF) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) == 0 ? crc << 1 : crc << 1 ^ POLYNOMIAL;
      }
      crc &= 0xFFFF;
    }
    return crc;
  }
}
