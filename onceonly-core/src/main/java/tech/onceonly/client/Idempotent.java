package tech.onceonly.client;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.CallDecision;
import tech.onceonly.GuardOptions;

/**
 * Runs functions once for each key: the counterpart of the SDKs' decorator. Made by {@link
 * OnceOnly#idempotent}; immutable and thread-safe.
 *
 * <p>By check-lock (the default) a key is claimed before the function runs and stays claimed for
 * its TTL: a call that crashes or fails after it is not repeated, unless the server takes claims
 * back. By {@link Builder#lease} the function's result is stored, and later callers get it; a call
 * that crashes is repeated when its lease runs out, one that fails at once.
 *
 * <p>Where the client fails open, an outage lets the function run unprotected. That the result
 * could not be stored never becomes a failure of the function: storing is tried again in the
 * background. A function runs on the thread of its caller, an asynchronous one on {@link
 * Builder#executor}. Wrappers of synchronous functions block, and refuse to on an event loop.
 */
public final class Idempotent<R> {

  private final IdempotentRun<R> run;
  private final Function<List<@Nullable Object>, String> keys;

  private Idempotent(Builder<R> from) {
    this.run = new IdempotentRun<>(from);
    String name = from.name;
    this.keys = from.keys != null ? from.keys : args -> OnceOnly.key(name, args.toArray());
  }

  public Supplier<R> supplier(Supplier<? extends R> work) {
    return () -> unchecked(work::get);
  }

  public Callable<R> callable(Callable<? extends R> work) {
    return () -> run.now(key(), work);
  }

  public <A> Function<A, R> function(Function<? super A, ? extends R> work) {
    return a -> unchecked(() -> work.apply(a), a);
  }

  public <A, B> BiFunction<A, B, R> biFunction(BiFunction<? super A, ? super B, ? extends R> work) {
    return (a, b) -> unchecked(() -> work.apply(a, b), a, b);
  }

  public Supplier<CompletionStage<R>> asyncSupplier(
      Supplier<? extends CompletionStage<? extends R>> work) {
    return () -> run.async(key(), work);
  }

  public <A> Function<A, CompletionStage<R>> asyncFunction(
      Function<? super A, ? extends CompletionStage<? extends R>> work) {
    return a -> run.async(key(a), () -> work.apply(a));
  }

  public <A, B> BiFunction<A, B, CompletionStage<R>> asyncBiFunction(
      BiFunction<? super A, ? super B, ? extends CompletionStage<? extends R>> work) {
    return (a, b) -> run.async(key(a, b), () -> work.apply(a, b));
  }

  /**
   * Runs this work once for this key, on the caller's thread: for callers that make keys
   * themselves.
   *
   * @param key as it goes over the wire, with no scope: {@link Builder#key} and the name are not
   *     asked
   */
  public R call(String key, Callable<? extends R> work) throws Exception {
    KeyRequest.checkKey(key);
    return run.now(key, work);
  }

  /** As {@link #call}, for work that is done when its stage is. */
  public CompletionStage<R> callAsync(
      String key, Supplier<? extends CompletionStage<? extends R>> work) {
    KeyRequest.checkKey(key);
    return run.async(key, work);
  }

  private String key(@Nullable Object... args) {
    String key = keys.apply(Collections.unmodifiableList(Arrays.asList(args)));
    KeyRequest.checkKey(key);
    return key;
  }

  private R unchecked(Callable<? extends R> work, @Nullable Object... args) {
    try {
      return run.now(key(args), work);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("a function without checked exceptions threw one", e);
    }
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder<R> {

    /** How long a call waits for another that is in progress, where nothing else is set. */
    public static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

    final OnceOnlyClient client;
    final String name;
    final Type resultType;
    boolean lease;
    @Nullable Duration ttl;
    Duration wait = DEFAULT_WAIT;
    boolean replay = true;
    Duration maxRenewal = GuardOptions.DEFAULT_MAX_RENEWAL;
    Executor executor = ForkJoinPool.commonPool();
    Supplier<? extends CompletionStage<?>> doneAfter =
        () -> CompletableFuture.completedFuture(null);
    Consumer<CallDecision> onDecided = decision -> {};
    @Nullable Function<List<@Nullable Object>, String> keys;

    Function<String, @Nullable R> onDuplicate =
        key -> {
          throw new DuplicateCallException("called before with the key " + key);
        };

    Function<String, @Nullable R> onInProgress =
        key -> {
          throw new CallInProgressException("in progress elsewhere with the key " + key);
        };

    Builder(OnceOnlyClient client, String name, Type resultType) {
      this.client = client;
      this.name = name;
      this.resultType = resultType;
    }

    /** By lease in place of check-lock: with a heartbeat, and the result replayed. */
    public Builder<R> lease() {
      lease = true;
      return this;
    }

    /**
     * How long a claim is remembered (check-lock), or lasts without a heartbeat (lease): whole
     * seconds. Default: the plan's.
     */
    public Builder<R> ttl(Duration value) {
      KeyRequest.checkTtl(value);
      ttl = value;
      return this;
    }

    /** Makes the key of the arguments. Default: {@link OnceOnly#key} of the name and them. */
    public Builder<R> key(Function<List<@Nullable Object>, String> value) {
      keys = value;
      return this;
    }

    /**
     * What a duplicate gives, from its key; with a lease, one whose result is not to be had: it is
     * gone, was refused by the server, was not stored ({@link #withoutReplay}), can't be read back
     * as the result's type, or was null (a function of {@link Void} replays its null). Default:
     * {@link DuplicateCallException}.
     */
    public Builder<R> onDuplicate(Function<String, @Nullable R> value) {
      onDuplicate = value;
      return this;
    }

    /**
     * With a lease: how long a call keeps it. One that hangs would keep its key from all others for
     * ever; past this the lease runs out, and another may run beside it. Default an hour.
     */
    public Builder<R> maxRenewal(Duration value) {
      Checks.positive("maxRenewal", value);
      maxRenewal = value;
      return this;
    }

    /**
     * How long to wait for a call in progress elsewhere (with a lease), or until the claim of one
     * that failed here has been given back (by check-lock, where the server takes claims back).
     * Default 5 s.
     */
    public Builder<R> waitForOthers(Duration value) {
      if (value.isNegative()) {
        throw new IllegalArgumentException("waitForOthers must not be negative, was " + value);
      }
      wait = value;
      return this;
    }

    /** What is given when that wait is over. Default {@link CallInProgressException}. */
    public Builder<R> onInProgress(Function<String, @Nullable R> value) {
      onInProgress = value;
      return this;
    }

    /**
     * With a lease: stores no result at the service. A duplicate then gets what {@link
     * #onDuplicate} says. Default: results are stored and replayed.
     */
    public Builder<R> withoutReplay() {
      replay = false;
      return this;
    }

    /**
     * When a call that has returned counts as done: not before this stage is, and if it fails the
     * call counts as failed. For effects that can still be undone then, by a transaction that ends
     * later. It is asked for on the thread that ran the call, or completed its stage, right then;
     * nobody waits for it. Default: at once.
     */
    public Builder<R> doneAfter(Supplier<? extends CompletionStage<?>> value) {
      doneAfter = value;
      return this;
    }

    /**
     * Hears what becomes of each call, before it runs or is answered, for metrics. It returns at
     * once, on any thread; what it throws is logged. Default: nobody.
     */
    public Builder<R> onDecided(Consumer<CallDecision> value) {
      onDecided = value;
      return this;
    }

    /** What asynchronous functions, and the settings' functions for them, run on. */
    public Builder<R> executor(Executor value) {
      executor = value;
      return this;
    }

    /** What the settings come to. */
    public Idempotent<R> build() {
      if (name.isBlank()) {
        throw new IllegalArgumentException("name must not be blank: it tells functions apart");
      }
      return new Idempotent<>(this);
    }
  }
}
