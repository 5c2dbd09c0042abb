package tech.onceonly.server.junit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import tech.onceonly.server.ServerProbe;

/** The fault that befalls every request at present, and the record of all. Thread-safe. */
final class Faults implements ServerProbe {

  private static final Fault NONE = new Fault.None();

  private final Seen seen;
  private volatile Supplier<Fault> present = () -> NONE;

  Faults(Seen seen) {
    this.seen = seen;
  }

  void none() {
    always(NONE);
  }

  void always(Fault fault) {
    present = () -> fault;
  }

  /** 429 until the clock has moved so far; Retry-After tells what is left of it. */
  void rateLimitFor(Duration time, InstantSource clock) {
    Instant end = clock.instant().plus(time);
    present =
        () -> {
          Duration left = Duration.between(clock.instant(), end);
          return left.isNegative() || left.isZero() ? NONE : new Fault.Refused(429, left);
        };
  }

  @Override
  public Fault faultOf(String call) {
    Fault fault = present.get();
    String text = textOf(fault);
    if (!text.isEmpty()) {
      seen.addFault(call + " -> " + text);
    }
    return fault;
  }

  @Override
  public void decided(Decided decided) {
    seen.add(decided);
  }

  @Override
  public void mismatched(Mismatched mismatched) {
    seen.add(mismatched);
  }

  private static String textOf(Fault fault) {
    if (fault instanceof Fault.Refused refused) {
      return "answered " + refused.status() + " by the test";
    }
    if (fault instanceof Fault.Late late) {
      return "held back " + late.by().toMillis() + " ms by the test";
    }
    if (fault instanceof Fault.Silent) {
      return "never answered, by the test";
    }
    return fault instanceof Fault.Broken ? "connection closed by the test" : "";
  }
}
