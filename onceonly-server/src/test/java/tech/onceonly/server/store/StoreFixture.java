package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A store under test, the clock that it goes by, and short ways to ask it. */
public abstract class StoreFixture {
  static final int MAX_KEYS = 100;
  static final Duration MILLI = Duration.ofMillis(1);

  final SettableClock clock = new SettableClock();
  ClaimStore store;
  private final Vertx eventLoops = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

  abstract ClaimStore newStore(InstantSource clock, int maxKeys) throws Exception;

  /** Whether it takes so many keys and no more; else it is bounded by other means. */
  boolean isBoundedByKeys() {
    return true;
  }

  @BeforeEach
  void open() throws Exception {
    store = newStore(clock, MAX_KEYS);
  }

  @AfterEach
  void close() {
    await(store.close());
    await(eventLoops.close());
  }

  /** Any, for a text; none for none. */
  static Fingerprint fingerprint(String text) {
    try {
      return text == null ? null : Fingerprint.of(text, MessageDigest.getInstance("SHA-256"));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  CheckLockAnswer checkLock(String key, long ttlSeconds, String requestId) {
    return await(store.checkLock(key, ttlSeconds, requestId, null));
  }

  /** On an event loop, as the server asks. */
  void together(Consumer<ClaimStore> calls) {
    CompletableFuture<Void> asked = new CompletableFuture<>();
    eventLoops.runOnContext(
        unused -> {
          try {
            store.together(calls);
            asked.complete(null);
          } catch (RuntimeException | Error e) {
            asked.completeExceptionally(e);
          }
        });
    asked.orTimeout(10, SECONDS).join();
  }

  LeaseAnswer lease(String key, long ttlSeconds, String leaseId) {
    return await(store.lease(key, ttlSeconds, leaseId, null));
  }

  LeaseView find(String key) {
    return await(store.find(key));
  }

  SettleAnswer complete(String key, String leaseId, String json, String hash) {
    ResultJson result = json == null ? null : new ResultJson(json.getBytes(UTF_8));
    return await(store.complete(key, leaseId, result, hash));
  }

  static LeaseView acquired(LeaseAnswer answer) {
    assertThat(answer).isInstanceOf(LeaseAnswer.Acquired.class);
    return ((LeaseAnswer.Acquired) answer).view();
  }

  static LeaseView taken(LeaseAnswer answer) {
    assertThat(answer).isInstanceOf(LeaseAnswer.Taken.class);
    return ((LeaseAnswer.Taken) answer).view();
  }

  static LeaseView settled(Future<SettleAnswer> answer) {
    return settled(await(answer));
  }

  static LeaseView settled(SettleAnswer answer) {
    assertThat(answer).isInstanceOf(SettleAnswer.Settled.class);
    return ((SettleAnswer.Settled) answer).view();
  }

  static LeaseView lost(Future<SettleAnswer> answer) {
    SettleAnswer given = await(answer);
    assertThat(given).isInstanceOf(SettleAnswer.Lost.class);
    return ((SettleAnswer.Lost) given).present();
  }

  static String text(ResultJson result) {
    byte[] utf8 = new byte[result.length()];
    result.copyTo(utf8, 0);
    return new String(utf8, UTF_8);
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(10, SECONDS).join();
  }

  public interface Racer<T> {
    T run(int number) throws Exception;
  }

  public static <T> List<T> race(int racers, Racer<T> racer) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(racers);
    try {
      CyclicBarrier start = new CyclicBarrier(racers);
      List<Callable<T>> tasks = new ArrayList<>();
      for (int i = 0; i < racers; i++) {
        int number = i;
        tasks.add(
            () -> {
              start.await(10, SECONDS);
              return racer.run(number);
            });
      }
      List<T> outcomes = new ArrayList<>();
      for (java.util.concurrent.Future<T> outcome : threads.invokeAll(tasks, 30, SECONDS)) {
        outcomes.add(outcome.get());
      }
      return outcomes;
    } finally {
      threads.shutdownNow();
    }
  }
}
