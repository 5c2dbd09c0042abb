package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

/** What a {@link RocksTables} holds, written with each change of it: no start has to count. */
record RocksCounts(long keys, long resultBytes) {
  /** Sorts after every claim and lease. */
  static final byte[] KEY = "m:counts".getBytes(UTF_8);

  static final RocksCounts NONE = new RocksCounts(0, 0);

  RocksCounts plus(long moreKeys, long moreResultBytes) {
    return new RocksCounts(keys + moreKeys, resultBytes + moreResultBytes);
  }

  byte[] toBytes() {
    StateWriter out = new StateWriter();
    out.writeLong(keys);
    out.writeLong(resultBytes);
    return out.written();
  }

  static RocksCounts of(byte[] bytes) {
    StateReader in = new StateReader(bytes);
    return new RocksCounts(in.readLong(), in.readLong());
  }
}
