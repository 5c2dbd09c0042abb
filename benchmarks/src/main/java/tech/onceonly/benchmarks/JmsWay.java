package tech.onceonly.benchmarks;

/**
 * A way to drain a queue: who consumes, and what protects; and how small a part of the messages it
 * drains to take about as long as the others.
 */
enum JmsWay implements Laps.Way<JmsWay> {
  LISTENER(Protection.NONE, 1),
  LISTENER_SET_NX(Protection.SET_NX, 1),
  LISTENER_CHECK_LOCK(Protection.CHECK_LOCK, 1),
  LISTENER_LEASE(Protection.LEASE, 1),
  LISTENERS(Protection.NONE, 8),
  LISTENERS_SET_NX(Protection.SET_NX, 8),
  LISTENERS_CHECK_LOCK(Protection.CHECK_LOCK, 8),
  LISTENERS_LEASE(Protection.LEASE, 8),
  BATCHES(Protection.NONE),
  BATCHES_SET_NX(Protection.SET_NX),
  BATCHES_CHECK_LOCK(Protection.CHECK_LOCK),
  BATCHES_LEASE(Protection.LEASE),
  BATCHES_LEASE_AHEAD(Protection.LEASE_AHEAD);

  enum Protection {
    NONE("no protection"),
    SET_NX("Redis SET NX"),
    CHECK_LOCK("OnceOnly, check-lock"),
    LEASE("OnceOnly, lease"),
    LEASE_AHEAD("OnceOnly, lease, 100 ahead");

    private final String label;

    Protection(String label) {
      this.label = label;
    }
  }

  /** Messages that a receive loop commits together, and that OnceOnly claims together. */
  static final int BATCH = 100;

  private final Protection protection;

  /** Of a listener container; 0 for a receive loop. */
  private final int consumers;

  JmsWay(Protection protection, int consumers) {
    this.protection = protection;
    this.consumers = consumers;
  }

  JmsWay(Protection protection) {
    this(protection, 0);
  }

  Protection protection() {
    return protection;
  }

  boolean isListener() {
    return consumers > 0;
  }

  int consumers() {
    return consumers;
  }

  int part() {
    return switch (consumers) {
      case 0 -> 1;
      case 1 -> 20;
      default -> 5;
    };
  }

  @Override
  public String label() {
    String who =
        switch (consumers) {
          case 0 -> "batches of " + BATCH;
          case 1 -> "1 listener";
          default -> consumers + " listeners";
        };
    return who + ": " + protection.label;
  }

  @Override
  public JmsWay redis() {
    return like(Protection.SET_NX);
  }

  @Override
  public JmsWay bare() {
    return like(Protection.NONE);
  }

  private JmsWay like(Protection other) {
    for (JmsWay each : values()) {
      if (each.consumers == consumers && each.protection == other) {
        return each;
      }
    }
    throw new IllegalStateException("nothing to compare " + this + " with");
  }
}
