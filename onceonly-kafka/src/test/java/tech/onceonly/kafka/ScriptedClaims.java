package tech.onceonly.kafka;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.SettleAnswer;

/** A claim service in memory that answers true, or as the test has scripted. */
final class ScriptedClaims implements ClaimConnection, ClaimService {

  final List<String> asked = new ArrayList<>();
  final List<String> released = new ArrayList<>();
  final Map<String, String> locks = new HashMap<>();

  /** What was asked while it was silent; the test may answer it yet. */
  final List<CompletableFuture<ClaimAnswer>> unanswered = new CopyOnWriteArrayList<>();

  /** Each answers one claim, before the truth does. */
  final Deque<ClaimAnswer> next = new ArrayDeque<>();

  /** Answers every claim while it is set. */
  ClaimAnswer always;

  StartCheck check = new StartCheck.Passed();
  boolean releasable;
  boolean silent;
  boolean closed;
  int checks;
  RuntimeException bug;
  private int count;

  @Override
  public ClaimService claims() {
    return this;
  }

  @Override
  public CompletionStage<StartCheck> check() {
    checks++;
    return CompletableFuture.completedFuture(check);
  }

  @Override
  public synchronized CompletionStage<ClaimAnswer> checkLock(ClaimRequest request) {
    String key = request.key().value();
    asked.add(key);
    if (bug != null) {
      throw bug;
    }
    if (silent) {
      CompletableFuture<ClaimAnswer> answer = new CompletableFuture<>();
      unanswered.add(answer);
      return answer;
    }
    if (!next.isEmpty()) {
      return CompletableFuture.completedFuture(next.remove());
    }
    if (always != null) {
      return CompletableFuture.completedFuture(always);
    }
    String requestId = "r" + ++count;
    return CompletableFuture.completedFuture(
        locks.putIfAbsent(key, requestId) == null
            ? new ClaimAnswer.Locked(requestId, Duration.ofHours(1))
            : new ClaimAnswer.Duplicate(Instant.EPOCH, false));
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> release(
      IdempotencyKey key, String requestId, Duration timeout) {
    if (silent) {
      return new CompletableFuture<>();
    }
    boolean ours = locks.remove(key.value(), requestId);
    if (ours) {
      released.add(key.value());
    }
    return CompletableFuture.completedFuture(
        ours ? new SettleAnswer.Done() : new SettleAnswer.LeaseLost("not yours"));
  }

  @Override
  public boolean canReplay() {
    return false;
  }

  @Override
  public boolean canRelease() {
    return releasable;
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public CompletionStage<ClaimAnswer> lease(ClaimRequest request) {
    throw new AssertionError("the interceptor takes no leases");
  }

  @Override
  public CompletionStage<SettleAnswer> extend(
      IdempotencyKey key, String leaseId, Duration ttl, Duration timeout) {
    throw new AssertionError("the interceptor takes no leases");
  }

  @Override
  public CompletionStage<SettleAnswer> complete(
      IdempotencyKey key, String leaseId, Duration timeout) {
    throw new AssertionError("the interceptor takes no leases");
  }

  @Override
  public CompletionStage<SettleAnswer> cancel(
      IdempotencyKey key, String leaseId, String reason, Duration timeout) {
    throw new AssertionError("the interceptor takes no leases");
  }
}
