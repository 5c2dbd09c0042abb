package tech.onceonly.kafka;

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
import tech.onceonly.ClaimAnswer;
import tech.onceonly.ClaimRequest;
import tech.onceonly.ClaimService;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.OutageReason;
import tech.onceonly.SettleAnswer;

/** The API's semantics in memory, with switches for what goes wrong. Nothing runs out by time. */
public final class FakeClaimService implements ClaimService {

  final List<String> calls = new ArrayList<>();

  /** Check-lock: key to the request id that won it. */
  public final Map<String, String> locks = new HashMap<>();

  /** Lease: key to the holder's lease id. */
  public final Map<String, String> leases = new HashMap<>();

  public final Set<String> completed = new HashSet<>();
  public boolean releasable;
  boolean closed;

  /** Keys that contain this are answered by {@link #otherwise}. */
  private String matching = "";

  private ClaimAnswer otherwise;

  /** Runs on the asking thread. */
  Runnable whenAsked = () -> {};

  /** While set, claims are applied and answered only by {@link #answerAll}. */
  boolean slow;

  private final ArrayDeque<Runnable> unanswered = new ArrayDeque<>();
  private int count;

  void down(boolean inDoubt) {
    answer("", new ClaimAnswer.Unavailable(OutageReason.REQUEST_ERROR, inDoubt, null, "down"));
  }

  /** Claims are applied, and their answers never come. */
  void applyWithoutAnAnswer() {
    answer("", new ClaimAnswer.Unavailable(OutageReason.TIMEOUT, true, "unanswered", "timed out"));
    whenAsked = () -> locks.put(key(calls.get(calls.size() - 1)), "unanswered");
  }

  private static String key(String call) {
    return call.substring(call.indexOf(' ') + 1);
  }

  public void refuse(String keyPart) {
    answer(keyPart, new ClaimAnswer.Refused(new IllegalStateException("Invalid API key")));
  }

  void throttle(String keyPart, Duration retryAfter) {
    answer(keyPart, new ClaimAnswer.Throttled(retryAfter));
  }

  void inProgressElsewhere(String keyPart, Duration retryAfter) {
    answer(keyPart, new ClaimAnswer.InProgress(retryAfter));
  }

  synchronized void mend() {
    otherwise = null;
  }

  synchronized void answerAll() {
    while (!unanswered.isEmpty()) {
      unanswered.remove().run();
    }
  }

  synchronized long count(String word) {
    return calls.stream().filter(call -> call.startsWith(word + " ")).count();
  }

  @Override
  public synchronized CompletionStage<ClaimAnswer> checkLock(ClaimRequest request) {
    String key = request.key().value();
    calls.add("check-lock " + key);
    whenAsked.run();
    if (isOtherwise(key)) {
      return later(otherwise);
    }
    String id = "r" + ++count;
    return later(
        locks.putIfAbsent(key, id) == null
            ? new ClaimAnswer.Locked(id, Duration.ofHours(1))
            : new ClaimAnswer.Duplicate(Instant.EPOCH, false));
  }

  @Override
  public synchronized CompletionStage<ClaimAnswer> lease(ClaimRequest request) {
    String key = request.key().value();
    calls.add("lease " + key);
    whenAsked.run();
    if (isOtherwise(key)) {
      return later(otherwise);
    }
    if (completed.contains(key)) {
      return later(new ClaimAnswer.Completed(Instant.EPOCH, false));
    }
    String id = "l" + ++count;
    return later(
        leases.putIfAbsent(key, id) == null
            ? new ClaimAnswer.Acquired(id, count, request.ttl())
            : new ClaimAnswer.InProgress(Duration.ofSeconds(5)));
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> extend(
      IdempotencyKey key, String leaseId, Duration ttl, Duration timeout) {
    return settle("extend", key, leaseId);
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> complete(
      IdempotencyKey key, String leaseId, Duration timeout) {
    CompletionStage<SettleAnswer> answer = settle("complete", key, leaseId);
    if (leases.remove(key.value(), leaseId)) {
      completed.add(key.value());
    }
    return answer;
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> cancel(
      IdempotencyKey key, String leaseId, String reason, Duration timeout) {
    CompletionStage<SettleAnswer> answer = settle("cancel", key, leaseId);
    leases.remove(key.value(), leaseId);
    return answer;
  }

  @Override
  public synchronized CompletionStage<SettleAnswer> release(
      IdempotencyKey key, String requestId, Duration timeout) {
    calls.add("release " + key.value());
    return CompletableFuture.completedFuture(
        locks.remove(key.value(), requestId)
            ? new SettleAnswer.Done()
            : new SettleAnswer.LeaseLost("not yours"));
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

  private synchronized void answer(String keyPart, ClaimAnswer answer) {
    matching = keyPart;
    otherwise = answer;
  }

  private boolean isOtherwise(String key) {
    return otherwise != null && key.contains(matching);
  }

  private CompletionStage<SettleAnswer> settle(String word, IdempotencyKey key, String leaseId) {
    calls.add(word + " " + key.value());
    return CompletableFuture.completedFuture(
        leaseId.equals(leases.get(key.value()))
            ? new SettleAnswer.Done()
            : new SettleAnswer.LeaseLost("not yours"));
  }

  private CompletionStage<ClaimAnswer> later(ClaimAnswer answer) {
    if (!slow) {
      return CompletableFuture.completedFuture(answer);
    }
    CompletableFuture<ClaimAnswer> later = new CompletableFuture<>();
    unanswered.add(() -> later.complete(answer));
    return later;
  }
}
