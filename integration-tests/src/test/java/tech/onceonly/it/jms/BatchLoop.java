package tech.onceonly.it.jms;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageListener;
import java.time.Duration;
import java.util.Map;
import tech.onceonly.jms.Acknowledgement;
import tech.onceonly.jms.BatchLimits;
import tech.onceonly.jms.BatchReceiver;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.OnceOnlyJms;

/** A loop over batches. */
final class BatchLoop implements JmsConsumerRun {

  private static final Duration WAIT = Duration.ofMillis(100);

  private final Connection connection;
  private final OnceOnlyJms onceOnly;
  private final BatchReceiver receiver;
  private final MessageListener work;
  private final Thread thread = new Thread(this::run, "batch-loop");
  private volatile boolean running = true;
  private volatile Throwable fault;

  BatchLoop(JmsSite site, String queue, JmsOptions.Builder options, MessageListener work)
      throws JMSException {
    this.work = work;
    connection = site.connectionFactory().createConnection();
    onceOnly =
        OnceOnlyJms.open(options.queue(queue).acknowledgement(Acknowledgement.TRANSACTED).build());
    receiver =
        onceOnly.batchReceiver(
            connection,
            session -> session.createConsumer(site.queue(session, queue)),
            BatchLimits.DEFAULT);
  }

  @Override
  public void start() throws JMSException {
    connection.start();
    thread.start();
  }

  @Override
  public boolean isRunning() {
    if (fault != null) {
      throw new AssertionError("the loop over batches has ended", fault);
    }
    return true;
  }

  @Override
  public Map<String, RuntimeException> refusals() {
    RuntimeException refusal = onceOnly.guard().refusal();
    return refusal == null ? Map.of() : Map.of("loop", refusal);
  }

  @Override
  public void close() throws JMSException {
    running = false;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    receiver.close();
    connection.close();
    onceOnly.close();
  }

  private void run() {
    try {
      while (running) {
        receive();
      }
    } catch (Throwable e) {
      fault = e;
    }
  }

  private void receive() throws JMSException {
    try {
      int unused = receiver.receive(WAIT, (message, claim) -> work.onMessage(message));
    } catch (IllegalStateException e) {
      // The listener's failure: what is not done comes again.
    }
  }
}
