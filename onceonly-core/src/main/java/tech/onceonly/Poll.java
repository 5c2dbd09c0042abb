package tech.onceonly;

/** Deliveries that were asked for together. */
final class Poll {

  /** On the guard's nanosecond ticker, as all of it. */
  final long beganNanos;

  /** What is not answered by then is an outage. */
  final long deadlineNanos;

  /**
   * When one of them was last decided or settled. Their listeners run one after the other, so that
   * the one at work now has not been for longer.
   */
  volatile long progressNanos;

  Poll(long beganNanos, long budgetNanos) {
    this.beganNanos = beganNanos;
    deadlineNanos = beganNanos + budgetNanos;
    progressNanos = beganNanos;
  }
}
