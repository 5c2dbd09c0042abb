package tech.onceonly.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import tech.onceonly.client.CheckLockResult;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.OnceOnlyClient;

/** Check-locks by the product's client. */
final class ClientCalls implements Load {

  private static final int BOUND_SECONDS = 60;

  private final OnceOnlyClient client;
  private final int atOnce;
  private final boolean inGroups;

  private ClientCalls(ClientOptions options, int atOnce, boolean inGroups) {
    this.client = OnceOnlyClient.create(options);
    this.atOnce = atOnce;
    this.inGroups = inGroups;
    // What the server offers is known from its first answer on.
    client.me().join();
  }

  /** Each is a request of its own; so many are under way at any time. */
  static Load single(ClientOptions.Builder options, int atOnce) {
    return new ClientCalls(options.batching(false).build(), atOnce, false);
  }

  /**
   * So many are asked at once and waited for, as a poll's are: the client makes batches of them.
   */
  static Load together(ClientOptions.Builder options, int atOnce) {
    return new ClientCalls(options.build(), atOnce, true);
  }

  @Override
  public long claim(List<String> keys, Samples samples) throws Exception {
    long began = System.nanoTime();
    if (inGroups) {
      for (int from = 0; from < keys.size(); from += atOnce) {
        claimTogether(keys.subList(from, Math.min(keys.size(), from + atOnce)), samples);
      }
    } else {
      claimEach(keys, samples);
    }
    return System.nanoTime() - began;
  }

  private void claimTogether(List<String> keys, Samples samples) throws Exception {
    long began = System.nanoTime();
    List<CompletableFuture<CheckLockResult>> calls = new ArrayList<>(keys.size());
    for (String key : keys) {
      calls.add(client.checkLock(key));
    }
    for (CompletableFuture<CheckLockResult> call : calls) {
      expectLocked(call.get(BOUND_SECONDS, TimeUnit.SECONDS));
    }
    samples.add(System.nanoTime() - began);
  }

  private void claimEach(List<String> keys, Samples samples) throws Exception {
    Semaphore free = new Semaphore(atOnce);
    AtomicReference<Throwable> fault = new AtomicReference<>();
    for (String key : keys) {
      take(free, 1);
      long began = System.nanoTime();
      var unused =
          client
              .checkLock(key)
              .thenAccept(ClientCalls::expectLocked)
              .whenComplete(
                  (done, failure) -> {
                    samples.add(System.nanoTime() - began);
                    if (failure != null) {
                      fault.set(failure);
                    }
                    free.release();
                  });
    }
    take(free, atOnce);
    if (fault.get() != null) {
      throw new IllegalStateException("a claim failed", fault.get());
    }
  }

  private static void take(Semaphore free, int permits) throws InterruptedException {
    if (!free.tryAcquire(permits, BOUND_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("no answer within " + BOUND_SECONDS + " s");
    }
  }

  private static void expectLocked(CheckLockResult result) {
    if (!(result instanceof CheckLockResult.Locked)) {
      throw new IllegalStateException("a new key was not won: " + result);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
