package tech.onceonly;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Decision.Skip;

/**
 * Makes fingerprints, and tells where two of them met under one key: that key names two effects. At
 * the first, tenth, hundredth of each destination it is logged.
 */
final class WrongKeys {

  private static final Logger LOG = LoggerFactory.getLogger(WrongKeys.class);

  private final GuardOptions options;
  private final GuardEvents events;
  private final Occurrences mismatches = new Occurrences();
  private final Occurrences faults = new Occurrences();

  WrongKeys(GuardOptions options, GuardEvents events) {
    this.options = options;
    this.events = events;
  }

  /** Null where none is wanted, or this delivery has none. */
  @Nullable String fingerprintOf(Delivery delivery) {
    Fingerprint fingerprint = options.fingerprint;
    if (fingerprint == null) {
      return null;
    }
    try {
      String made = fingerprint.of(delivery);
      if (made == null || isUsable(made)) {
        return made;
      }
      throw new IllegalArgumentException(
          "a fingerprint must be well-formed Unicode of 1 to "
              + Fingerprint.MAX_LENGTH
              + " characters, has "
              + made.length());
    } catch (Throwable e) {
      UserFaults.throwIfFatal(e);
      long met = faults.worthALine(delivery.destination());
      if (met > 0) {
        LOG.warn(
            "no fingerprint of {} {}, the {}. time in this destination: it is claimed without",
            delivery.destination(),
            delivery.position(),
            met,
            e);
      }
      return null;
    }
  }

  /** Passes the decision on. */
  Decision noted(Question question, Decision decision) {
    if (decision instanceof Skip skip && skip.fingerprintMismatch()) {
      Delivery delivery = question.delivery();
      events.fingerprintMismatch(delivery, question.key());
      long met = mismatches.worthALine(delivery.destination());
      if (met > 0) {
        LOG.warn(
            "{} {} was skipped, and its payload is another than the one that claimed its key {}:"
                + " a sign of a wrong key, one that names two effects; the {}. time in this"
                + " destination",
            delivery.destination(),
            delivery.position(),
            question.key().forLogs(options.hashKeysInLogs),
            met);
      }
    }
    return decision;
  }

  private static boolean isUsable(String made) {
    // What has no UTF-8 would be refused by the service, and that would stop the delivery.
    return !made.isEmpty()
        && made.length() <= Fingerprint.MAX_LENGTH
        && UTF_8.newEncoder().canEncode(made);
  }
}
