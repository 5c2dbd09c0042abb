package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads over few keys: listeners of one key never overlap, and each key ends done. */
class GuardRaceTest {

  private static final int THREADS = 6;
  private static final int KEYS = 20;
  private static final int DELIVERIES = 400;

  private final AtomicIntegerArray running = new AtomicIntegerArray(KEYS);
  private final AtomicIntegerArray effects = new AtomicIntegerArray(KEYS);

  @ParameterizedTest
  @EnumSource
  void oneListenerAtATimeAndOneEffectForEachKey(Mode mode) throws Exception {
    FakeClaimService service = new FakeClaimService(System::nanoTime);
    service.releasable = true;
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (DeliveryGuard one = guard(service, mode);
        DeliveryGuard two = guard(service, mode)) {
      List<Future<?>> work = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        Random random = new Random(thread);
        DeliveryGuard guard = thread % 2 == 0 ? one : two;
        work.add(threads.submit(() -> deliver(guard, random)));
      }
      for (Future<?> each : work) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    for (int key = 0; key < KEYS; key++) {
      assertThat(effects.get(key)).as("effects of key %s", key).isEqualTo(1);
    }
  }

  private void deliver(DeliveryGuard guard, Random random) {
    for (int i = 0; i < DELIVERIES; i++) {
      // The last deliveries of each thread go through all keys, and none of them fails.
      boolean last = i >= DELIVERIES - KEYS;
      int key = last ? i % KEYS : random.nextInt(KEYS);
      TestDelivery delivery = TestDelivery.keyed("0/" + random.nextInt(1_000), "k" + key);
      Decision decision;
      do {
        decision = guard.decide(delivery, Duration.ofSeconds(30)).toCompletableFuture().join();
      } while (decision instanceof Decision.Hold);
      if (decision instanceof Decision.Process) {
        boolean fails = !last && random.nextInt(3) == 0;
        assertThat(running.incrementAndGet(key)).as("listeners at work").isEqualTo(1);
        Thread.onSpinWait();
        if (!fails) {
          effects.incrementAndGet(key);
        }
        running.decrementAndGet(key);
        guard
            .settle(decision, fails ? Outcome.FAILED : Outcome.SUCCEEDED)
            .toCompletableFuture()
            .join();
      } else if (last) {
        assertThat(decision).isInstanceOf(Decision.Skip.class);
      }
    }
  }

  private static DeliveryGuard guard(ClaimService service, Mode mode) {
    KeyScheme keys = new KeyScheme("g", "1", List.of(KeySources.header("Idempotency-Key")));
    return DeliveryGuard.create(service, GuardOptions.builder(keys).mode(mode).build());
  }
}
