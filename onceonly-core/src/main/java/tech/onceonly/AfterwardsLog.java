package tech.onceonly;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says, once in an outage, what keeps its keys from being claimed after it. */
final class AfterwardsLog {

  private static final Logger LOG = LoggerFactory.getLogger(AfterwardsLog.class);

  private boolean refused;
  private long pastTheBound;

  synchronized void refused(RuntimeException cause) {
    if (!refused) {
      refused = true;
      LOG.warn(
          "the OnceOnly API refuses to claim what ran unprotected in an outage ({}): it is asked"
              + " again until it does not; a redelivery elsewhere runs until then",
          cause.getMessage());
    }
  }

  synchronized void pastTheBound(int bound) {
    pastTheBound++;
    if (pastTheBound == 1) {
      LOG.warn(
          "more than {} keys that ran unprotected, or could not be completed, wait to be claimed"
              + " after the outage: those on top are not, and their redelivery elsewhere runs; raise"
              + " maxAfterwards (bounds(b -> b.maxAfterwards(n)) of KafkaOptions, JmsOptions), or"
              + " turn fail-open off, and deliveries wait",
          bound);
    }
  }

  /** All keys of the outage are claimed, or given up. */
  synchronized void nothingWaits() {
    refused = false;
    if (pastTheBound > 0) {
      LOG.info("{} keys of the outage were past maxAfterwards, and not claimed", pastTheBound);
      pastTheBound = 0;
    }
  }
}
