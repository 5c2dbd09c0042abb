package tech.onceonly.it.jms;

import static tech.onceonly.testing.Await.PATIENCE;

import jakarta.jms.JMSRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tech.onceonly.testing.Await;
import tech.onceonly.testing.JmsQueues;

/**
 * Sends payments until it is told to stop: one message in ten names a payment that was sent before,
 * lately or long ago. A batch whose acknowledgement was lost, with its broker, is sent again under
 * the same keys, whether it had arrived or not: producers send at least once too.
 */
final class SoakProducer implements AutoCloseable {

  /**
   * What was sent.
   *
   * @param messages that were acknowledged, those of the same payment among them
   * @param repeated batches that were sent more than once, for want of an acknowledgement
   */
  record Sent(Set<String> payments, int messages, int repeated) {}

  private static final int BATCH = 5;
  private static final int LATELY = 20;

  /** How far it is ahead of the consumers. */
  private static final int MOST_WAITING = 100;

  private final JmsQueues queues;
  private final String queue;
  private final Random random = new Random(7);
  private final List<String> sent = new ArrayList<>();
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final Future<?> run;
  private volatile boolean running = true;
  private volatile boolean sending;
  private int messages;
  private int failures;
  private int repeated;

  SoakProducer(JmsQueues queues, String queue) {
    this.queues = queues;
    this.queue = queue;
    run = thread.submit(this::run);
  }

  /** Whether a batch is on its way: its acknowledgement is lost, if the broker is killed now. */
  boolean isSending() {
    return sending;
  }

  /** Stops it once its last batch is acknowledged. */
  Sent finish() throws ExecutionException, InterruptedException {
    running = false;
    run.get();
    return new Sent(Set.copyOf(sent), messages, repeated);
  }

  /** None is sent any more, also where a test fails. */
  @Override
  public void close() {
    running = false;
    thread.shutdownNow();
  }

  private void run() {
    while (running) {
      List<String> batch = batch();
      int before = failures;
      Await.until("a batch is acknowledged", PATIENCE, () -> isSent(batch));
      messages += batch.size();
      repeated += failures == before ? 0 : 1;
      Await.until("the consumers keep up", PATIENCE, () -> !running || hasRoom());
    }
  }

  private List<String> batch() {
    List<String> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      if (!sent.isEmpty() && random.nextInt(10) == 0) {
        int among = random.nextBoolean() ? Math.min(LATELY, sent.size()) : sent.size();
        batch.add(sent.get(sent.size() - 1 - random.nextInt(among)));
      } else {
        sent.add("p" + sent.size());
        batch.add(sent.get(sent.size() - 1));
      }
    }
    return batch;
  }

  private boolean isSent(List<String> batch) {
    sending = true;
    try {
      queues.send(queue, batch);
      return true;
    } catch (JMSRuntimeException e) {
      failures++;
      return false;
    } finally {
      sending = false;
    }
  }

  private boolean hasRoom() {
    try {
      return queues.depth(queue) < MOST_WAITING;
    } catch (JMSRuntimeException e) {
      return false; // no broker at present
    }
  }
}
