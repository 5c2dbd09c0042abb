package tech.onceonly;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;

/** The service's semantics in memory, with switches for everything that goes wrong. */
final class FakeClaimService implements ClaimService {

  private record Lease(String id, long version, long untilNanos, boolean completed) {}

  final List<String> calls = new ArrayList<>();
  final Map<String, String> locks = new HashMap<>();
  final Map<String, Lease> leases = new HashMap<>();

  /** By key: of what holds it, or had its effect. */
  final Map<String, String> fingerprints = new HashMap<>();

  /** Answered instead of the true verdict, to claims. */
  ClaimAnswer claimAnswer;

  /** With {@link #claimAnswer}: the claim is applied all the same. */
  boolean appliedAllTheSame;

  /** Answered instead of the true verdict, to everything else. */
  SettleAnswer settleAnswer;

  /** Claims of this one key are refused. */
  String refusedKey;

  boolean releasable;

  /** It has answered nothing yet. */
  boolean undeclared;

  /** Where set: the answer to a release, when it comes. */
  CompletionStage<SettleAnswer> slowRelease;

  /** Answers a repeated request id as it did the first time. */
  boolean replays;

  /** While set, claims are answered only by {@link #answerNext}. */
  boolean slow;

  private final Set<String> released = new HashSet<>();
  private final ArrayDeque<Runnable> unanswered = new ArrayDeque<>();
  private final LongSupplier nanoTime;
  private long count;

  FakeClaimService(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  public synchronized CompletionStage<ClaimAnswer> checkLock(ClaimRequest request) {
    String key = request.key().value();
    calls.add("check-lock " + key);
    if (key.equals(refusedKey)) {
      return answer(new ClaimAnswer.Refused(new IllegalStateException("400")));
    }
    String requestId = request.repeatOf() != null ? request.repeatOf() : "r" + ++count;
    ClaimAnswer verdict = null;
    if (claimAnswer == null || appliedAllTheSame) {
      String holder = holderFor(key, requestId);
      verdict =
          holder == null || (replays && holder.equals(request.repeatOf()))
              ? new ClaimAnswer.Locked(requestId, Duration.ofHours(1))
              : new ClaimAnswer.Duplicate(Instant.EPOCH, isAnothers(request));
      if (holder == null) {
        fingerprints.put(key, request.fingerprint());
      }
    }
    return answer(answerOr(verdict, requestId));
  }

  @Override
  public synchronized CompletionStage<ClaimAnswer> lease(ClaimRequest request) {
    String key = request.key().value();
    calls.add("lease " + key);
    Lease held = leases.get(key);
    long now = nanoTime.getAsLong();
    ClaimAnswer verdict;
    if (held != null && held.completed) {
      verdict = new ClaimAnswer.Completed(Instant.EPOCH, isAnothers(request));
    } else if (held != null && held.untilNanos > now) {
      verdict = new ClaimAnswer.InProgress(Duration.ofNanos(held.untilNanos - now));
    } else if (claimAnswer != null && !appliedAllTheSame) {
      verdict = claimAnswer;
    } else {
      long version = held == null ? 1 : held.version + 1;
      String id = "l" + ++count;
      leases.put(key, new Lease(id, version, now + request.ttl().toNanos(), false));
      fingerprints.put(key, request.fingerprint());
      verdict = new ClaimAnswer.Acquired(id, version, request.ttl());
    }
    return answer(answerOr(verdict, null));
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> extend(
      IdempotencyKey key, String leaseId, Duration ttl, Duration timeout) {
    calls.add("extend " + key.value());
    return settle(
        key,
        leaseId,
        held ->
            leases.put(
                key.value(),
                new Lease(
                    held.id, held.version, nanoTime.getAsLong() + ttl.toNanos(), held.completed)));
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> complete(
      IdempotencyKey key, String leaseId, Duration timeout) {
    calls.add("complete " + key.value());
    return settle(
        key, leaseId, held -> leases.put(key.value(), new Lease(held.id, held.version, 0, true)));
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> cancel(
      IdempotencyKey key, String leaseId, String reason, Duration timeout) {
    calls.add("cancel " + key.value());
    return settle(key, leaseId, held -> leases.remove(key.value()));
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> release(
      IdempotencyKey key, String requestId, Duration timeout) {
    calls.add("release " + key.value());
    if (slowRelease != null) {
      return slowRelease;
    }
    if (settleAnswer != null) {
      return CompletableFuture.completedFuture(settleAnswer);
    }
    return CompletableFuture.completedFuture(
        releaseArrives(key.value(), requestId)
            ? new SettleAnswer.Done()
            : new SettleAnswer.LeaseLost("not yours"));
  }

  /** A check-lock that timed out arrives after all. */
  synchronized void checkLockArrives(String key, String requestId) {
    holderFor(key, requestId);
  }

  /** A release that timed out arrives after all. */
  synchronized boolean releaseArrives(String key, String requestId) {
    released.add(key + ' ' + requestId);
    return locks.remove(key, requestId);
  }

  @Override
  public boolean canReplay() {
    return replays;
  }

  @Override
  public boolean canRelease() {
    return releasable;
  }

  @Override
  public boolean mayRelease() {
    return releasable || undeclared;
  }

  @Override
  public void close() {}

  void fail(OutageReason reason, boolean inDoubt) {
    claimAnswer = new ClaimAnswer.Unavailable(reason, inDoubt, null, "down");
    settleAnswer = new SettleAnswer.NotNow("down", null);
  }

  void mend() {
    claimAnswer = null;
    settleAnswer = null;
    appliedAllTheSame = false;
  }

  void answerNext() {
    unanswered.remove().run();
  }

  synchronized long count(String call) {
    return calls.stream().filter(call::equals).count();
  }

  private boolean isAnothers(ClaimRequest request) {
    return Fingerprint.differ(fingerprints.get(request.key().value()), request.fingerprint());
  }

  /** Null: nobody held it, and now this request does. */
  private String holderFor(String key, String requestId) {
    return released.contains(key + ' ' + requestId)
        ? "nobody any more"
        : locks.putIfAbsent(key, requestId);
  }

  private ClaimAnswer answerOr(ClaimAnswer verdict, String requestId) {
    if (claimAnswer instanceof ClaimAnswer.Unavailable down && requestId != null) {
      return new ClaimAnswer.Unavailable(down.reason(), down.inDoubt(), requestId, "down");
    }
    return claimAnswer == null ? verdict : claimAnswer;
  }

  private CompletionStage<ClaimAnswer> answer(ClaimAnswer answer) {
    if (!slow) {
      return CompletableFuture.completedFuture(answer);
    }
    CompletableFuture<ClaimAnswer> later = new CompletableFuture<>();
    unanswered.add(() -> later.complete(answer));
    return later;
  }

  private CompletionStage<SettleAnswer> settle(
      IdempotencyKey key, String leaseId, java.util.function.Consumer<Lease> change) {
    if (settleAnswer != null) {
      return CompletableFuture.completedFuture(settleAnswer);
    }
    Lease held = leases.get(key.value());
    if (held == null || !held.id.equals(leaseId)) {
      return CompletableFuture.completedFuture(new SettleAnswer.LeaseLost("not yours"));
    }
    change.accept(held);
    return CompletableFuture.completedFuture(new SettleAnswer.Done());
  }
}
