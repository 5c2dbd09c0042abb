package tech.onceonly.jms.spring;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import tech.onceonly.Decision;
import tech.onceonly.GuardEvents;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.Outcome;
import tech.onceonly.jms.JmsGuard;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.jms.MessageRun;

/**
 * Makes the listeners of Spring JMS containers idempotent, for {@code @JmsListener} methods and for
 * listeners that are set in code; replies ({@code @SendTo}) and durable subscriptions stay as they
 * are.
 *
 * <p>What is promised: in check-lock mode a killed process loses the message in hand at most; in
 * lease mode none, and doubles the one in hand at most. A connection that is lost while a listener
 * works counts as a kill, and so does a shutdown that no longer waits for it. A claim is settled
 * when the message's transaction has ended, where it has one: a message that is rolled back runs
 * again. A message that has to wait, or that the claim service refuses, waits on its thread, and
 * uses up no attempt.
 *
 * <p>What is not: a container that acknowledges before its listener has succeeded ({@code AUTO},
 * {@code DUPS_OK}) loses the message in hand when the listener fails, whatever stands before it. It
 * is warned of at the start, or refused with {@link Builder#strict}. A message whose transaction is
 * a transaction manager's waits {@link JmsOptions#maxWait()} at most, since such transactions time
 * out; then it is handed back, which uses up an attempt, and where it is refused the container
 * stops.
 *
 * <p>Thread-safe. Close it after the containers have stopped.
 */
public final class OnceOnlySpringJms implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OnceOnlySpringJms.class);

  private final ListenerGuards guards;
  private final Set<String> without;
  private final Set<String> named;
  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final Map<String, String> subscriptions;
  private final boolean strict;
  private final Map<String, JmsGuard> listeners = new ConcurrentHashMap<>();
  private final ExecutorService stops =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "onceonly-spring-jms");
            thread.setDaemon(true);
            return thread;
          });
  private boolean closed;

  private OnceOnlySpringJms(Builder from) {
    guards = new ListenerGuards(from.options, from.perListener, from.events);
    without = Set.copyOf(from.without);
    subscriptions = Map.copyOf(from.subscriptions);
    Set<String> all = new HashSet<>(without);
    all.addAll(from.perListener.keySet());
    all.addAll(subscriptions.keySet());
    named = Set.copyOf(all);
    strict = from.strict;
  }

  /**
   * Begins with the options of each listener.
   *
   * @param options makes the options of each listener, anew at each call: scope, where the claims
   *     are kept, mode, keys. Destination and acknowledgement are the container's
   */
  public static Builder builder(Supplier<JmsOptions.Builder> options) {
    return new Builder(options);
  }

  /**
   * Protects this container, once its listener is set and before it starts. Twice is a no-op.
   *
   * @param id the listener's, as {@link Builder#listener} and {@link Builder#without} name it
   * @throws UnprotectableListenerException if it cannot be protected, with the reason and the mend:
   *     it must not start then
   * @throws tech.onceonly.jms.RefusedException if the API refuses the key at the start
   */
  public void protect(AbstractMessageListenerContainer container, String id) {
    seen.add(id);
    Object listener = container.getMessageListener();
    if (without.contains(id)) {
      LOG.info("listener {} is left out: its messages run without a claim", id);
      return;
    }
    if (listener == null) {
      throw new UnprotectableListenerException(
          id, "has no message listener yet: protect it after it is set");
    }
    if (!(listener instanceof GuardedJmsListener)) {
      protect(container, listener, id);
    }
  }

  /** Whether this listener is left out. */
  boolean leavesOut(String id) {
    seen.add(id);
    return without.contains(id);
  }

  /** The ids of the listeners that have come by so far, left out or not. */
  public SortedSet<String> listenerIds() {
    return new TreeSet<>(seen);
  }

  /**
   * The ids that {@link Builder#listener}, {@link Builder#without} and {@link Builder#subscription}
   * name and that no listener has had so far: mistyped, or yet to be registered. To be asked once
   * all are.
   */
  public SortedSet<String> unmatchedIds() {
    SortedSet<String> unmatched = new TreeSet<>(named);
    unmatched.removeAll(seen);
    return unmatched;
  }

  /** Why listeners do not run at present, by listener id: what a health check shows. */
  public Map<String, RuntimeException> refusals() {
    Map<String, RuntimeException> refusals = new LinkedHashMap<>();
    listeners.forEach(
        (id, guard) -> {
          RuntimeException refusal = guard.refusal();
          if (refusal != null) {
            refusals.put(id, refusal);
          }
        });
    return refusals;
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
   * Ends the waits of messages that are held, waits, bounded, for settlements under way, and ends
   * renewals. Twice is a no-op.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      stops.shutdown();
      guards.all().forEach(JmsGuard::close);
    }
  }

  private synchronized void protect(
      AbstractMessageListenerContainer container, Object listener, String id) {
    if (closed) {
      throw new IllegalStateException("this OnceOnlySpringJms is closed");
    }
    ContainerKind kind = ContainerKind.of(container, id);
    String loss = kind.loss();
    if (loss != null && strict) {
      throw new UnprotectableListenerException(id, loss);
    }
    ListenerSource source = ListenerSource.of(container, id, subscriptions.get(id));
    JmsGuard guard = guards.guardOf(id, source, kind.acknowledgement());
    container.setMessageListener(
        new GuardedJmsListener(
            listener,
            new MessageRun(guard, outcomes(kind, guard::settleBehind)),
            container,
            kind.isManaged() ? guard.options().maxWait() : null,
            cause -> stop(container, id, cause)));
    listeners.put(id, guard);
    if (loss != null) {
      LOG.warn("listener {} {}", id, loss);
    }
    LOG.info(
        "listener {} is protected: scope {}, destination {}, mode {}",
        id,
        guard.options().scope(),
        guard.options().destination(),
        guard.options().mode());
  }

  private static Outcomes outcomes(ContainerKind kind, BiConsumer<Decision, Outcome> settle) {
    if (kind.isManaged()) {
      return Outcomes.ofManager(settle);
    }
    if (kind.isSessionTransaction()) {
      SessionTransactions transactions = new SessionTransactions(settle);
      kind.observe(transactions);
      return Outcomes.ofSession(transactions);
    }
    return Outcomes.atReturn(settle);
  }

  private void stop(AbstractMessageListenerContainer container, String id, RuntimeException cause) {
    stops.execute(
        () -> {
          // Each of its threads asks for it.
          if (container.isRunning()) {
            LOG.error(
                "listener {} stops: the claim service refuses ({}). Nothing was processed or"
                    + " committed; mend the cause and start the container again",
                id,
                cause.getMessage());
            container.stop();
          }
        });
  }

  /** Collects settings; {@link #build} makes it. Not thread-safe. */
  public static final class Builder {

    private final Supplier<JmsOptions.Builder> options;
    private final Map<String, UnaryOperator<JmsOptions.Builder>> perListener = new HashMap<>();
    private final Set<String> without = new HashSet<>();
    private final Map<String, String> subscriptions = new HashMap<>();
    private @Nullable Function<String, GuardEvents> events;
    private boolean strict;

    private Builder(Supplier<JmsOptions.Builder> options) {
      this.options = options;
    }

    /** Changes the options of one listener, by its id. */
    public Builder listener(String id, UnaryOperator<JmsOptions.Builder> change) {
      perListener.put(id, change);
      return this;
    }

    /** Leaves a listener out, by its id: its messages run without a claim. */
    public Builder without(String id) {
      without.add(id);
      return this;
    }

    /**
     * Names whose copies of a topic's messages are one effect, in place of the subscription's
     * client id and name. A listener whose subscription is neither durable nor shared, and so has
     * no name, is refused without it.
     */
    public Builder subscription(String id, String name) {
      subscriptions.put(id, name);
      return this;
    }

    /**
     * Who hears of the decisions of each scope, by its name: metrics, alerts; in place of what the
     * options of the listeners say. Default: what they say.
     */
    public Builder events(Function<String, GuardEvents> value) {
      events = value;
      return this;
    }

    /**
     * Whether a container that would lose messages of its own accord is refused at the start, and
     * not only warned of. Default false.
     */
    public Builder strict(boolean value) {
      strict = value;
      return this;
    }

    public OnceOnlySpringJms build() {
      return new OnceOnlySpringJms(this);
    }
  }
}
