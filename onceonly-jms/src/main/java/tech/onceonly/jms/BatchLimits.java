package tech.onceonly.jms;

/**
 * How much a {@link BatchReceiver} takes on at once.
 *
 * @param maxMessages of one batch, 1 to 10,000: so many are claimed together, and come again where
 *     one of them fails
 * @param maxCompletionsInFlight how many messages may have run without the service's answer that
 *     their claim is completed, at least 1: a killed process doubles so many effects at most, in
 *     lease mode. With 1 each waits for its answer
 */
public record BatchLimits(int maxMessages, int maxCompletionsInFlight) {

  public static final int DEFAULT_MAX_MESSAGES = 100;

  /** A hundred messages, one completion. */
  public static final BatchLimits DEFAULT = new BatchLimits(DEFAULT_MAX_MESSAGES, 1);

  private static final int MOST_MESSAGES = 10_000;

  public BatchLimits {
    if (maxMessages < 1 || maxMessages > MOST_MESSAGES) {
      throw new IllegalArgumentException(
          "maxMessages must be 1 to " + MOST_MESSAGES + ", was " + maxMessages);
    }
    if (maxCompletionsInFlight < 1) {
      throw new IllegalArgumentException(
          "maxCompletionsInFlight must be at least 1, was " + maxCompletionsInFlight);
    }
  }
}
