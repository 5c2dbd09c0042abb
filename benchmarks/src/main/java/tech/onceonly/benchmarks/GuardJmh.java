package tech.onceonly.benchmarks;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.Decision;
import tech.onceonly.Delivery;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.GuardOptions;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.KeyScheme;
import tech.onceonly.KeySources;
import tech.onceonly.Outcome;
import tech.onceonly.SettleAnswer;

/** What a record costs beside the call: its key, its decision, its settlement. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GuardJmh {

  private static final Duration BUDGET = Duration.ofSeconds(2);
  private static final KeyScheme KEYS =
      new KeyScheme(
          "payments", "1", List.of(KeySources.header("Idempotency-Key"), KeySources.position()));

  private @Nullable DeliveryGuard guard;
  private long count;

  @Setup
  public void open() {
    guard = DeliveryGuard.create(new Instant(), GuardOptions.builder(KEYS).build());
  }

  @TearDown
  public void close() {
    guard().close();
  }

  @Benchmark
  public @Nullable IdempotencyKey keyOfHeader() {
    return KEYS.keyOf(new Keyed("payment-" + count++, "0/1"));
  }

  @Benchmark
  public @Nullable IdempotencyKey keyOfPosition() {
    return KEYS.keyOf(new Keyed("", "cluster/3/" + count++ + "/1700000000000"));
  }

  @Benchmark
  public Decision decideAndSettleANewKey() {
    Decision decision = decide(new Keyed("payment-" + count++, "0/1"));
    guard().settle(decision, Outcome.SUCCEEDED);
    return decision;
  }

  @Benchmark
  public Decision skipAKeyThatIsFinishedHere() {
    Decision decision = decide(new Keyed("payment", "0/1"));
    guard().settle(decision, Outcome.SUCCEEDED);
    return decision;
  }

  private Decision decide(Delivery delivery) {
    return guard().decide(delivery, BUDGET).toCompletableFuture().join();
  }

  private DeliveryGuard guard() {
    if (guard == null) {
      throw new IllegalStateException("not set up");
    }
    return guard;
  }

  private record Keyed(String key, String position) implements Delivery {
    @Override
    public String destination() {
      return "payments";
    }

    @Override
    public byte @Nullable [] header(String name) {
      return key.isEmpty() ? null : key.getBytes(StandardCharsets.UTF_8);
    }
  }

  /** Answers at once, so that only the guard's own work is measured. */
  private static final class Instant implements ClaimService {
    private static final CompletableFuture<ClaimAnswer> LOCKED =
        CompletableFuture.completedFuture(new ClaimAnswer.Locked("r", Duration.ofHours(1)));
    private static final CompletableFuture<SettleAnswer> DONE =
        CompletableFuture.completedFuture(new SettleAnswer.Done());

    @Override
    public CompletionStage<ClaimAnswer> checkLock(ClaimRequest request) {
      return LOCKED;
    }

    @Override
    public CompletionStage<ClaimAnswer> lease(ClaimRequest request) {
      return LOCKED;
    }

    @Override
    public CompletionStage<SettleAnswer> extend(
        IdempotencyKey key, String leaseId, Duration ttl, Duration timeout) {
      return DONE;
    }

    @Override
    public CompletionStage<SettleAnswer> complete(
        IdempotencyKey key, String leaseId, Duration timeout) {
      return DONE;
    }

    @Override
    public CompletionStage<SettleAnswer> cancel(
        IdempotencyKey key, String leaseId, String reason, Duration timeout) {
      return DONE;
    }

    @Override
    public CompletionStage<SettleAnswer> release(
        IdempotencyKey key, String requestId, Duration timeout) {
      return DONE;
    }

    @Override
    public boolean canReplay() {
      return false;
    }

    @Override
    public boolean canRelease() {
      return false;
    }

    @Override
    public void close() {}
  }
}
