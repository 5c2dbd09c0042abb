package tech.onceonly;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says, once in an outage, what keeps its keys from being claimed after it. */
final class AfterwardsLog {

  private static final Logger LOG = LoggerFactory.getLogger(AfterwardsLog.class);

  private boolean refused;

  synchronized void refused(RuntimeException cause) {
    if (!refused) {
      refused = true;
      LOG.warn(
          "the OnceOnly API refuses to claim what ran unprotected in an outage ({}): it is asked"
              + " again until it does not; a redelivery elsewhere runs until then",
          cause.getMessage());
    }
  }

  /** All keys of the outage are claimed, or given up. */
  synchronized void nothingWaits() {
    refused = false;
  }
}
