package tech.onceonly.server.store;

/** Whether a node has fallen silent, or its connection idle; looked at now and then. */
final class RedisPulse {
  /** So often within the timeout it is looked at. */
  static final int TICKS_A_TIMEOUT = 4;

  /** Nobody between here and there shall take an idle connection for a dead one. */
  private static final int TICKS_UNTIL_IDLE = 20;

  private long answeredAtTick;

  /** Since when it has owed answers and given none. One that is only slow is not given up. */
  private int silentTicks;

  private int idleTicks;

  enum Finding {
    WELL,
    SILENT,
    IDLE
  }

  /**
   * Looks.
   *
   * @param sent how many requests, on this connection
   * @param answered how many of them
   */
  Finding tick(long sent, long answered) {
    silentTicks = sent == answered || answered != answeredAtTick ? 0 : silentTicks + 1;
    answeredAtTick = answered;
    if (silentTicks > TICKS_A_TIMEOUT) {
      return Finding.SILENT;
    }
    idleTicks = sent == answered ? idleTicks + 1 : 0;
    if (idleTicks < TICKS_UNTIL_IDLE) {
      return Finding.WELL;
    }
    idleTicks = 0;
    return Finding.IDLE;
  }

  /** The connection has ended. */
  void reset() {
    answeredAtTick = 0;
    silentTicks = 0;
    idleTicks = 0;
  }
}
