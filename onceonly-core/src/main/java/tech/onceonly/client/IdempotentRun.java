package tech.onceonly.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.Context;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.BlockingBridge;
import tech.onceonly.CallDecision;

/** One way for all idempotent functions: decide, run or answer, settle. */
final class IdempotentRun<R> {

  private static final Logger LOG = LoggerFactory.getLogger(IdempotentRun.class);
  private static final Duration LEAST_PAUSE = Duration.ofMillis(50);

  /** Run the function under what is held, or give an answer; both on the caller's thread. */
  private record Verdict<R>(
      CallDecision decision, @Nullable Held held, @Nullable Callable<@Nullable R> answer) {

    static <R> Verdict<R> run(Held held) {
      return new Verdict<>(CallDecision.RUN, held, null);
    }

    static <R> Verdict<R> runUnprotected(Held held) {
      return new Verdict<>(CallDecision.UNPROTECTED, held, null);
    }

    static <R> Verdict<R> duplicate(Callable<@Nullable R> answer) {
      return new Verdict<>(CallDecision.DUPLICATE, null, answer);
    }

    static <R> Verdict<R> answer(CallDecision decision, Callable<@Nullable R> answer) {
      return new Verdict<>(decision, null, answer);
    }
  }

  private final OnceOnlyClient client;
  private final LongSupplier clock;
  private final boolean lease;
  private final @Nullable Duration ttl;
  private final Duration wait;
  private final boolean replay;
  private final Supplier<? extends CompletionStage<?>> doneAfter;
  private final Executor executor;
  private final Type resultType;
  private final Function<String, @Nullable R> onDuplicate;
  private final Function<String, @Nullable R> onInProgress;
  private final Consumer<CallDecision> onDecided;
  private final Duration maxRenewal;

  private final FailedLocks failed;

  IdempotentRun(Idempotent.Builder<R> from) {
    this.client = from.client;
    this.clock = from.client.nanoClock();
    this.lease = from.lease;
    this.ttl = from.ttl;
    this.wait = from.wait;
    this.replay = from.replay;
    this.doneAfter = from.doneAfter;
    this.executor = from.executor;
    this.resultType = from.resultType;
    this.onDuplicate = from.onDuplicate;
    this.onInProgress = from.onInProgress;
    this.onDecided = from.onDecided;
    this.maxRenewal = from.maxRenewal;
    this.failed = new FailedLocks(from.client);
  }

  @SuppressWarnings("NullAway") // the function's own nulls are its caller's to know
  R now(String key, Callable<? extends R> work) throws Exception {
    if (Context.isOnEventLoopThread()) {
      throw new IllegalStateException(
          "an idempotent function that blocks was called on a Vert.x event loop: use the"
              + " asynchronous form there");
    }
    Verdict<R> verdict = BlockingBridge.awaitUninterruptibly(decide(key));
    Held held = verdict.held();
    if (held == null) {
      return verdict.answer().call();
    }
    R result;
    CompletionStage<?> end;
    try {
      result = work.call();
      end = doneAfter.get();
    } catch (Throwable e) {
      BlockingBridge.awaitUninterruptibly(held.giveBack());
      throw e;
    }
    BlockingBridge.awaitUninterruptibly(returned(held, result, end));
    return result;
  }

  /** A copy, so that a caller who cancels it does not keep what was won from being settled. */
  CompletionStage<R> async(String key, Supplier<? extends CompletionStage<? extends R>> work) {
    return decide(key).thenComposeAsync(verdict -> follow(verdict, work), executor).copy();
  }

  @SuppressWarnings("NullAway") // as above
  private CompletionStage<R> follow(
      Verdict<R> verdict, Supplier<? extends CompletionStage<? extends R>> work) {
    Held held = verdict.held();
    if (held == null) {
      try {
        return CompletableFuture.completedFuture(verdict.answer().call());
      } catch (Exception e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    CompletionStage<? extends R> running;
    try {
      running = Objects.requireNonNull(work.get(), "the function returned no stage");
    } catch (Throwable e) {
      return held.giveBack().thenCompose(v -> CompletableFuture.failedFuture(e));
    }
    return running
        .handle((result, failure) -> settle(held, result, failure))
        .thenCompose(settled -> settled);
  }

  private CompletionStage<R> settle(Held held, R result, @Nullable Throwable failure) {
    if (failure == null) {
      return returned(held, result, doneAfter.get()).thenApply(v -> result);
    }
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return held.giveBack().thenCompose(v -> CompletableFuture.failedFuture(cause));
  }

  /** Completes when a call that is done has been said to be; at once for one that is not yet. */
  private CompletionStage<Void> returned(Held held, R result, CompletionStage<?> end) {
    Object stored = replay ? result : null;
    CompletableFuture<?> ended = end.toCompletableFuture();
    if (ended.isDone() && !ended.isCompletedExceptionally()) {
      return held.done(stored);
    }
    var unused =
        ended.whenComplete(
            (v, failure) -> {
              var unusedToo = failure == null ? held.done(stored) : held.giveBack();
            });
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Verdict<R>> decide(String key) {
    KeyRequest request = new KeyRequest(key, ttl, Map.of(), null, null);
    long deadline = clock.getAsLong() + wait.toNanos();
    CompletableFuture<Verdict<R>> verdict =
        lease ? byLease(request, deadline) : byLock(request, deadline);
    return verdict.whenComplete(
        (given, failure) -> tell(failure == null ? given.decision() : CallDecision.REFUSED));
  }

  private void tell(CallDecision decision) {
    try {
      onDecided.accept(decision);
    } catch (RuntimeException e) {
      LOG.warn("a listener of call decisions failed", e);
    }
  }

  /** A call whose forerunner's claim is still to be given back is no duplicate of that. */
  private CompletableFuture<Verdict<R>> byLock(KeyRequest request, long deadline) {
    return failed
        .tell(request.key())
        .thenCompose(
            known ->
                known
                    ? client.checkLock(request).thenApply(this::byLock)
                    : byLockInDoubt(request, deadline));
  }

  /** A duplicate is one of the forerunner's, or not: that is not known until it is given back. */
  private CompletableFuture<Verdict<R>> byLockInDoubt(KeyRequest request, long deadline) {
    boolean declared = client.canRelease();
    return client
        .checkLock(request)
        .thenCompose(
            result -> {
              if (!(result instanceof CheckLockResult.Duplicate)) {
                return ready(byLock(result));
              }
              if (!declared && client.canRelease()) {
                return byLock(request, deadline); // it has just said so: now it can be told
              }
              long left = deadline - clock.getAsLong();
              return left <= 0
                  ? inProgress(request)
                  : later(Math.min(left, LEAST_PAUSE.toNanos()))
                      .thenCompose(due -> byLock(request, deadline));
            });
  }

  private Verdict<R> byLock(CheckLockResult result) {
    if (result instanceof CheckLockResult.Locked locked) {
      return Verdict.run(new HeldLock(locked.key(), locked.requestId(), failed));
    }
    if (result instanceof CheckLockResult.Duplicate) {
      return Verdict.duplicate(() -> onDuplicate.apply(result.key()));
    }
    if (result instanceof CheckLockResult.FailOpen open && open.inDoubt()) {
      // It may have been applied: then it is to be given back if the call fails.
      return Verdict.runUnprotected(new HeldLock(open.key(), open.cause().requestId(), failed));
    }
    return Verdict.runUnprotected(Held.NOTHING);
  }

  private CompletableFuture<Verdict<R>> byLease(KeyRequest request, long deadline) {
    return client.lease(request).thenCompose(result -> byLease(request, deadline, result));
  }

  private CompletableFuture<Verdict<R>> byLease(
      KeyRequest request, long deadline, LeaseResult result) {
    if (result instanceof LeaseResult.Acquired acquired) {
      return ready(Verdict.run(new HeldLease(client, acquired, ttl, maxRenewal).keepAlive()));
    }
    if (result instanceof LeaseResult.Completed && !replay) {
      return ready(Verdict.duplicate(() -> onDuplicate.apply(request.key())));
    }
    if (result instanceof LeaseResult.Completed) {
      return client.result(request.key()).handle((stored, failure) -> replay(request, stored));
    }
    if (result instanceof LeaseResult.Failed failed) {
      return ready(
          Verdict.answer(
              CallDecision.FAILED_FOR_GOOD,
              () -> {
                throw new CallFailedException(
                    "declared failed for good: "
                        + (failed.errorCode() == null ? "no code" : failed.errorCode()));
              }));
    }
    if (result instanceof LeaseResult.InProgress progress) {
      return waitForOther(request, deadline, progress);
    }
    return ready(Verdict.runUnprotected(Held.NOTHING));
  }

  private CompletableFuture<Verdict<R>> waitForOther(
      KeyRequest request, long deadline, LeaseResult.InProgress progress) {
    long left = deadline - clock.getAsLong();
    if (left <= 0) {
      return inProgress(request);
    }
    Duration asked = progress.retryAfter() == null ? LEAST_PAUSE : progress.retryAfter();
    return later(Math.min(left, Math.max(asked.toNanos(), LEAST_PAUSE.toNanos())))
        .thenCompose(due -> byLease(request, deadline));
  }

  private CompletableFuture<Void> later(long nanos) {
    CompletableFuture<Void> due = new CompletableFuture<>();
    client.timer().after(Duration.ofNanos(nanos), () -> due.complete(null));
    return due;
  }

  private CompletableFuture<Verdict<R>> inProgress(KeyRequest request) {
    return ready(Verdict.answer(CallDecision.IN_PROGRESS, () -> onInProgress.apply(request.key())));
  }

  /** A result that is gone, or was never stored, leaves what any duplicate gets. */
  private Verdict<R> replay(KeyRequest request, @Nullable StoredResult stored) {
    if (resultType == Void.class) {
      return Verdict.duplicate(() -> null);
    }
    String json = stored == null ? null : stored.json();
    return json == null
        ? Verdict.duplicate(() -> onDuplicate.apply(request.key()))
        : Verdict.duplicate(() -> read(request.key(), json));
  }

  private @Nullable R read(String key, String json) {
    try {
      return Json.MAPPER.readValue(json, Json.MAPPER.constructType(resultType));
    } catch (JsonProcessingException e) {
      // Without the text: the result may be what a log should not show.
      LOG.warn("a stored result cannot be read back as {}: {}", resultType, e.getClass().getName());
      return onDuplicate.apply(key);
    }
  }

  private static <T> CompletableFuture<T> ready(T value) {
    return CompletableFuture.completedFuture(value);
  }
}
