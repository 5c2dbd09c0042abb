package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.Mode;
import tech.onceonly.OutageReason;
import tech.onceonly.SettleAnswer;

/** Two batches in two processes that hold each other's duplicates in crossed order. */
class BatchCrossingTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Map<String, String> holders = new ConcurrentHashMap<>();
  private final AtomicInteger leases = new AtomicInteger();
  private final List<String> ran = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  @Test
  void neitherKeepsWhatItHasNotBegunWhileItWaitsForTheOther() {
    Leases ofOne = new Leases();
    Leases ofOther = new Leases();
    try (OnceOnlyJms one = open(ofOne);
        OnceOnlyJms other = open(ofOther)) {
      ofOne.unanswered = "p-2"; // so that it leases the later one alone
      CompletableFuture<Integer> first = receive(one, "p-2", "p-1");
      await().atMost(PATIENCE).until(() -> holders.containsKey("p-1"));
      CompletableFuture<Integer> second = receive(other, "p-1", "p-2");
      await().atMost(PATIENCE).until(() -> holders.containsKey("p-2"));
      ofOne.unanswered = "";

      assertThat(first).succeedsWithin(PATIENCE).isEqualTo(2);
      assertThat(second).succeedsWithin(PATIENCE).isEqualTo(2);
    }
    assertThat(ran).containsExactlyInAnyOrder("message ID:p-1", "message ID:p-2");
    assertThat(holders.values()).containsOnly("done");
  }

  private static OnceOnlyJms open(Leases service) {
    return OnceOnlyJms.open(
        JmsOptions.builder()
            .scope("shop")
            .queue("payments")
            .acknowledgement(Acknowledgement.TRANSACTED)
            .mode(Mode.LEASE)
            .failOpen(false)
            .maxHold(Duration.ofMillis(100))
            .claimService(service)
            .build());
  }

  private CompletableFuture<Integer> receive(OnceOnlyJms onceOnly, String... keys) {
    Queue<Message> messages = new ArrayDeque<>();
    for (String key : keys) {
      messages.add(TestMessage.withKey(key).message());
    }
    return CompletableFuture.supplyAsync(
        () -> {
          try (BatchReceiver receiver =
              onceOnly.batchReceiver(
                  connection(), session -> consumer(messages), BatchLimits.DEFAULT)) {
            return receiver.receive(PATIENCE, (message, claim) -> ran.add(message.toString()));
          } catch (JMSException e) {
            throw new AssertionError(e);
          }
        },
        threads);
  }

  private static Connection connection() {
    return proxy(Connection.class, Map.of("createSession", proxy(Session.class, Map.of())));
  }

  private static MessageConsumer consumer(Queue<Message> messages) {
    return (MessageConsumer)
        Proxy.newProxyInstance(
            BatchCrossingTest.class.getClassLoader(),
            new Class<?>[] {MessageConsumer.class},
            (proxy, method, arguments) -> messages.poll());
  }

  private static <T> T proxy(Class<T> type, Map<String, Object> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            BatchCrossingTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answers.get(method.getName())));
  }

  /** One process's view of the leases that all share. */
  private final class Leases implements ClaimService {

    /** This key's question gets no answer. */
    private volatile String unanswered = "";

    @Override
    public CompletionStage<ClaimAnswer> lease(ClaimRequest request) {
      String key = lastPart(request.key());
      if (key.equals(unanswered)) {
        return answered(
            new ClaimAnswer.Unavailable(OutageReason.TIMEOUT, false, null, "by the test"));
      }
      String own = "lease-" + leases.incrementAndGet();
      String holder = holders.putIfAbsent(key, own);
      if (holder == null) {
        return answered(new ClaimAnswer.Acquired(own, 1, request.ttl()));
      }
      return answered(
          holder.equals("done")
              ? new ClaimAnswer.Completed(null, false)
              : new ClaimAnswer.InProgress(Duration.ofMillis(50)));
    }

    @Override
    public CompletionStage<SettleAnswer> extend(
        IdempotencyKey key, String leaseId, Duration ttl, Duration timeout) {
      return settled(leaseId.equals(holders.get(lastPart(key))));
    }

    @Override
    public CompletionStage<SettleAnswer> complete(
        IdempotencyKey key, String leaseId, Duration timeout) {
      return settled(holders.replace(lastPart(key), leaseId, "done"));
    }

    @Override
    public CompletionStage<SettleAnswer> cancel(
        IdempotencyKey key, String leaseId, String reason, Duration timeout) {
      return settled(holders.remove(lastPart(key), leaseId));
    }

    private CompletionStage<SettleAnswer> settled(boolean done) {
      return CompletableFuture.completedFuture(
          done ? new SettleAnswer.Done() : new SettleAnswer.LeaseLost("by the test"));
    }

    private CompletionStage<ClaimAnswer> answered(ClaimAnswer answer) {
      return CompletableFuture.completedFuture(answer);
    }

    private static String lastPart(IdempotencyKey key) {
      return key.value().substring(key.value().lastIndexOf(':') + 1);
    }

    @Override
    public CompletionStage<ClaimAnswer> checkLock(ClaimRequest request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<SettleAnswer> release(
        IdempotencyKey key, String requestId, Duration timeout) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean canRelease() {
      return false;
    }

    @Override
    public boolean canReplay() {
      return false;
    }

    @Override
    public void close() {}
  }
}
