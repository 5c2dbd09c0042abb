package tech.onceonly.kafka.spring;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.listener.BatchMessageListener;
import org.springframework.kafka.listener.CommonErrorHandler;
import org.springframework.kafka.listener.DefaultErrorHandler;
import tech.onceonly.GuardEvents;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.kafka.KafkaGuard;
import tech.onceonly.kafka.KafkaOptions;
import tech.onceonly.kafka.OnceOnlyShareGroup;

/**
 * Makes the listeners of Spring Kafka containers idempotent.
 *
 * <p>{@link #protect} puts a decorator around a container's listener, and one around its error
 * handler, through which records that have to wait, or that the claim service refuses, are sought
 * back: they use up no attempt, and reach no recoverer and no dead-letter topic. Call it from a
 * factory's container customizer, or have {@link OnceOnlyContainerPostProcessor} do that for all.
 *
 * <p>What is promised, for record listeners: in check-lock mode a killed process loses the record
 * in hand at most; in lease mode none, and doubles the one in hand at most. For batch listeners
 * "the record in hand" is the batch in hand. A listener's failure is retried as ever, and a record
 * that was recovered has given its claim back, where the service takes it: its replay from a
 * dead-letter topic runs. In a transaction a claim is settled when the transaction ends.
 *
 * <p>What is not: listeners that return a future, a {@code Mono} or are suspending functions are
 * refused, since the framework acknowledges their failures as it does their success.
 *
 * <p>Thread-safe. Close it after the containers have stopped.
 */
public final class OnceOnlySpringKafka implements AutoCloseable {

  /** How long a refused partition waits before it is asked again, where it does not stop. */
  public static final Duration DEFAULT_REFUSAL_RETRY = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(OnceOnlySpringKafka.class);

  private final ListenerGuards guards;
  private final MainTopics mainTopics = new MainTopics();
  private final ListenerIds ids;
  private final Set<String> without;
  private final OnRefusal onRefusal;
  private final Duration refusalRetry;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "onceonly-spring-kafka");
            thread.setDaemon(true);
            return thread;
          });

  private final ContainerTransactions transactions = new ContainerTransactions();
  private final Map<String, ContainerHold> holds = new ConcurrentHashMap<>();
  private final Map<String, OnceOnlyShareGroup> shareGroups = new ConcurrentHashMap<>();
  private boolean closed;

  private OnceOnlySpringKafka(Builder from) {
    guards = new ListenerGuards(from.options, from.perListener, from.events);
    without = Set.copyOf(from.without);
    ids = new ListenerIds(from.perListener.keySet(), without);
    onRefusal = from.onRefusal;
    refusalRetry = from.refusalRetry;
  }

  /**
   * Begins with the options of each listener.
   *
   * @param options makes the options of each listener, anew at each call: where the claims are
   *     kept, mode, keys. The group is set to the container's, unless a namespace is
   */
  public static Builder builder(Supplier<KafkaOptions.Builder> options) {
    return new Builder(options);
  }

  /**
   * Protects this container, once its listener is set and before it starts. Twice is a no-op.
   *
   * @throws IllegalStateException if it cannot be protected, with the reason and the mend: it must
   *     not start then
   * @throws tech.onceonly.kafka.RefusedException if the API refuses the key at the start
   */
  public void protect(AbstractMessageListenerContainer<?, ?> container) {
    ListenerScope scope = ListenerScope.of(container);
    String id = scope.id();
    ids.saw(scope);
    Object listener = container.getContainerProperties().getMessageListener();
    if (without.contains(id) || without.contains(scope.mainId())) {
      LOG.info("listener {} is left out: its records run without a claim", id);
      return;
    }
    if (listener == null) {
      throw new IllegalStateException(
          "container "
              + id
              + " has no message listener yet: protect it after setupMessageListener(...)");
    }
    if (!GuardedListeners.isGuarded(listener)) {
      protect(container, listener, scope);
    }
  }

  /**
   * Why listeners do not run at present, by listener id, or by share group: what a health check
   * shows.
   */
  public Map<String, RuntimeException> refusals() {
    Map<String, RuntimeException> refusals = new LinkedHashMap<>();
    holds.forEach(
        (id, hold) -> {
          RuntimeException refusal = hold.refusal();
          if (refusal != null) {
            refusals.put(id, refusal);
          }
        });
    shareGroups.forEach(
        (id, group) -> {
          RuntimeException refusal = group.refusal();
          if (refusal != null) {
            refusals.put(id, refusal);
          }
        });
    return refusals;
  }

  /** The ids of the listeners, and the share groups, that have come by so far, left out or not. */
  public SortedSet<String> listenerIds() {
    return ids.seen();
  }

  /**
   * The ids that {@link Builder#listener} and {@link Builder#without} name and that no listener has
   * had so far: mistyped, or yet to be registered. To be asked once all are.
   */
  public SortedSet<String> unmatchedIds() {
    return ids.unmatched();
  }

  /** Whether a listener here knows the effect of this key as done, and skips it without a call. */
  public synchronized boolean isFinishedHere(IdempotencyKey key) {
    return guards.all().stream().anyMatch(guard -> guard.isFinishedHere(key));
  }

  /**
   * The effect of this key is to happen again, after it was released at the service: other
   * processes have to forget it too, or do so after {@code finishedCacheTtl}.
   */
  public synchronized void forgetFinished(IdempotencyKey key) {
    guards.all().forEach(guard -> guard.forgetFinished(key));
  }

  /**
   * What protects the consumers of this share group; null where it is left out. Settings by
   * listener count for the group of that name: its factory does not know for whom it makes one.
   */
  synchronized @Nullable OnceOnlyShareGroup shareGroup(String groupId) {
    if (closed) {
      throw new IllegalStateException("this OnceOnlySpringKafka is closed");
    }
    ids.saw(groupId);
    if (without.contains(groupId)) {
      return null;
    }
    return shareGroups.computeIfAbsent(
        groupId,
        id ->
            OnceOnlyShareGroup.over(
                guards.guardOf(ListenerScope.of(id, id, id), false),
                onRefusal == OnRefusal.PAUSE ? refusalRetry : null));
  }

  /** Waits, bounded, for settlements under way, and ends renewals. Twice is a no-op. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      timer.shutdownNow();
      guards.close();
    }
  }

  private synchronized <K, V> void protect(
      AbstractMessageListenerContainer<K, V> container, Object listener, ListenerScope scope) {
    String id = scope.id();
    if (closed) {
      throw new IllegalStateException("this OnceOnlySpringKafka is closed");
    }
    GuardedListeners.requireNoFuture(listener, id);
    new WatchedSeeks(id).watch(container.getContainerProperties());
    DeferredCommits.protect(container, id);
    boolean batch = listener instanceof BatchMessageListener;
    TransactionOutcomes transactional = transactions.of(container.getContainerProperties(), id);
    KafkaGuard guard = guards.guardOf(scope, batch);
    ContainerHold hold =
        new ContainerHold(container, timer, InstantSource.system(), onRefusal, refusalRetry);
    ListenerOutcomes outcomes =
        new ListenerOutcomes(
            guard, transactional, container.getContainerProperties().isAsyncAcks());
    Predicate<String> origins = mainTopics.originsOf(scope, container.getContainerProperties());
    container.setupMessageListener(
        GuardedListeners.guarded(listener, guard, origins, hold, outcomes));
    decorateErrorHandling(container, hold, transactional != null);
    holds.put(id, hold);
    LOG.info(
        "listener {} is protected: namespace {}, mode {}",
        id,
        guard.options().namespace(),
        guard.options().mode());
  }

  private static <K, V> void decorateErrorHandling(
      AbstractMessageListenerContainer<K, V> container,
      ContainerHold hold,
      boolean inTransactions) {
    CommonErrorHandler errorHandler = container.getCommonErrorHandler();
    if (errorHandler != null || !inTransactions) {
      container.setCommonErrorHandler(
          new HoldingErrorHandler(
              errorHandler != null ? errorHandler : new DefaultErrorHandler(), hold));
    }
    container.setAfterRollbackProcessor(
        new HoldingAfterRollbackProcessor<>(container.getAfterRollbackProcessor(), hold));
  }

  /** Collects settings; {@link #build} checks them. Not thread-safe. */
  public static final class Builder {

    private final Supplier<KafkaOptions.Builder> options;
    private final Map<String, UnaryOperator<KafkaOptions.Builder>> perListener = new HashMap<>();
    private final Set<String> without = new HashSet<>();
    private @Nullable Function<String, GuardEvents> events;
    private OnRefusal onRefusal = OnRefusal.STOP;
    private Duration refusalRetry = DEFAULT_REFUSAL_RETRY;

    private Builder(Supplier<KafkaOptions.Builder> options) {
      this.options = options;
    }

    /** Changes the options of one listener, by its id; its retry topics have the same. */
    public Builder listener(String id, UnaryOperator<KafkaOptions.Builder> change) {
      perListener.put(id, change);
      return this;
    }

    /** Leaves a listener out, by its id, with its retry topics: its records run without a claim. */
    public Builder without(String id) {
      without.add(id);
      return this;
    }

    /** Who hears of the decisions of each group, by its name: metrics, alerts. Default: nobody. */
    public Builder events(Function<String, GuardEvents> value) {
      events = value;
      return this;
    }

    /** Default {@link OnRefusal#STOP}. */
    public Builder onRefusal(OnRefusal value) {
      onRefusal = value;
      return this;
    }

    /** For {@link OnRefusal#PAUSE}. Default 30 s. */
    public Builder refusalRetry(Duration value) {
      refusalRetry = value;
      return this;
    }

    /**
     * Checks and makes it.
     *
     * @throws IllegalArgumentException naming the setting and its bounds
     */
    public OnceOnlySpringKafka build() {
      if (refusalRetry.compareTo(Duration.ofMillis(1)) < 0) {
        throw new IllegalArgumentException(
            "refusalRetry must be at least 1 ms, was " + refusalRetry.toMillis());
      }
      return new OnceOnlySpringKafka(this);
    }
  }
}
