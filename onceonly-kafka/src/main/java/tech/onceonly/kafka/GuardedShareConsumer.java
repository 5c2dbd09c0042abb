package tech.onceonly.kafka;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.AcknowledgementCommitCallback;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.ClaimContext;
import tech.onceonly.Decision;
import tech.onceonly.Outcome;

/**
 * What stands behind a protected share consumer. The user's thread and the one that renews locks
 * take turns at Kafka's consumer, which is for one at a time.
 */
final class GuardedShareConsumer<K, V> implements InvocationHandler {

  private static final Logger LOG = LoggerFactory.getLogger(GuardedShareConsumer.class);

  /** The group's own limit of deliveries by default, after which a record is given up. */
  private static final int MOST_DELIVERIES = 5;

  private final ShareConsumer<K, V> delegate;
  private final KafkaGuard guard;
  private final ShareRecords<K, V> records;
  private final SharePoll<K, V> poll;
  private final CommitCallbacks callbacks;
  private final ReentrantLock turn = new ReentrantLock();
  private final LockRenewal renewal;
  private @Nullable RuntimeException failedRenewal;

  private GuardedShareConsumer(
      ShareConsumer<K, V> delegate, OnceOnlyShareGroup group, KafkaGuard guard) {
    this.delegate = delegate;
    this.guard = guard;
    records =
        new ShareRecords<>(
            delegate,
            guard.options().nanoTime(),
            decision -> guard.settle(decision, Outcome.FAILED));
    poll = new SharePoll<>(group, guard, records);
    callbacks = new CommitCallbacks(records);
    renewal = new LockRenewal(this::renewIfDue);
  }

  @SuppressWarnings("unchecked") // the proxy passes on what the delegate takes and gives
  static <K, V> ShareConsumer<K, V> proxy(
      ShareConsumer<K, V> delegate, OnceOnlyShareGroup group, KafkaGuard guard) {
    return (ShareConsumer<K, V>)
        Proxy.newProxyInstance(
            GuardedShareConsumer.class.getClassLoader(),
            new Class<?>[] {ShareConsumer.class},
            new GuardedShareConsumer<>(delegate, group, guard));
  }

  /** What stands behind this consumer; null where it is not a protected one. */
  static @Nullable GuardedShareConsumer<?, ?> behind(ShareConsumer<?, ?> consumer) {
    return Proxy.isProxyClass(consumer.getClass())
            && Proxy.getInvocationHandler(consumer) instanceof GuardedShareConsumer<?, ?> guarded
        ? guarded
        : null;
  }

  /** The claim of a record that was handed over and not acknowledged yet. */
  @Nullable ClaimContext contextOf(ConsumerRecord<?, ?> record) {
    turn.lock();
    try {
      ShareRecord<K, V> each = records.handed(partitionOf(record), record.offset());
      Decision decision = each == null ? null : each.decision;
      return decision == null ? null : ClaimContext.of(decision);
    } finally {
      turn.unlock();
    }
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] args = arguments == null ? new Object[0] : arguments;
    switch (method.getName()) {
      case "wakeup" -> {
        poll.wakeup();
        return null;
      }
      case "metrics" -> {
        return call(method, args); // from any thread, also while a poll lasts
      }
      case "equals" -> {
        return proxy == args[0];
      }
      case "hashCode" -> {
        return System.identityHashCode(proxy);
      }
      case "toString" -> {
        return "OnceOnly[" + delegate + "]";
      }
      default -> {
        turn.lock();
        try {
          return inTurn(method, args);
        } finally {
          turn.unlock();
        }
      }
    }
  }

  private @Nullable Object inTurn(Method method, Object[] args) throws Throwable {
    return switch (method.getName()) {
      case "poll" -> poll((Duration) args[0]);
      case "acknowledge" -> acknowledge(method, args);
      case "commitSync", "commitAsync" -> commit(method, args);
      case "setAcknowledgementCommitCallback" -> {
        callbacks.set((AcknowledgementCommitCallback) args[0]);
        delegate.setAcknowledgementCommitCallback(args[0] == null ? null : callbacks);
        yield null;
      }
      case "close" -> close(method, args);
      default -> call(method, args);
    };
  }

  private Object poll(Duration timeout) {
    RuntimeException failure = failedRenewal;
    failedRenewal = null;
    if (failure != null) {
      throw failure;
    }
    if (!records.handed().isEmpty()) {
      throw new IllegalStateException(
          "All records must be acknowledged in explicit acknowledgement mode; these are not: "
              + records.handed().stream().limit(10).toList());
    }
    guard.awaitAllSettled();
    try {
      return poll.poll(timeout);
    } finally {
      callbacks.deliver();
    }
  }

  @SuppressWarnings("unchecked") // by the method's signature
  private @Nullable Object acknowledge(Method method, Object[] args) throws Throwable {
    if (!(args[0] instanceof ConsumerRecord<?, ?>)) {
      return call(method, args); // of a record that could not be deserialized: nobody has seen it
    }
    ConsumerRecord<K, V> record = (ConsumerRecord<K, V>) args[0];
    ShareRecord<K, V> each = records.handed(partitionOf(record), record.offset());
    if (each == null) {
      throw new IllegalStateException("The record cannot be acknowledged.");
    }
    AcknowledgeType type = args.length == 2 ? (AcknowledgeType) args[1] : AcknowledgeType.ACCEPT;
    if (type == AcknowledgeType.RENEW) {
      records.putBack(each);
    } else if (type == AcknowledgeType.ACCEPT) {
      settle(each, Outcome.SUCCEEDED);
      guard.awaitSettled();
      records.acknowledge(each, type);
    } else {
      boolean keptHere = giveBack(each);
      if (type == AcknowledgeType.RELEASE && keptHere) {
        retryHere(each);
      } else {
        records.acknowledge(each, type);
      }
    }
    return null;
  }

  /** First the claim, then the record: the next member must not meet a claim that is still ours. */
  private boolean giveBack(ShareRecord<K, V> each) {
    Decision decision = each.decision;
    settle(each, Outcome.FAILED);
    guard.awaitAllSettled();
    return decision != null && guard.isKeptHere(decision);
  }

  /**
   * Another member would take it for a duplicate and accept it. So it is run again here, as often
   * as the group would have delivered it.
   */
  private void retryHere(ShareRecord<K, V> each) {
    if (each.locked && each.deliveries() < MOST_DELIVERIES) {
      LOG.info("{} is released, but its claim can't be: it is handed over again here", each);
      records.putBack(each);
    } else {
      LOG.warn(
          "{} is released after {} deliveries, but its claim can't be: other members take it for a"
              + " duplicate until the claim's TTL ends",
          each,
          each.deliveries());
      records.acknowledge(each, AcknowledgeType.RELEASE);
    }
  }

  private void settle(ShareRecord<K, V> each, Outcome outcome) {
    Decision decision = each.decision;
    each.decision = null;
    if (decision != null) {
      guard.settle(decision, outcome);
    }
  }

  /** The claims first: what is accepted and not completed would run again at its duplicate. */
  private @Nullable Object commit(Method method, Object[] args) throws Throwable {
    guard.awaitAllSettled();
    records.sent();
    try {
      return call(method, args);
    } finally {
      callbacks.deliver();
    }
  }

  /** The claims first, then the records, which the group gives to another member at once. */
  private @Nullable Object close(Method method, Object[] args) throws Throwable {
    renewal.close();
    List.copyOf(records.handed()).forEach(each -> settle(each, Outcome.FAILED));
    records.waiting().forEach(each -> settle(each, Outcome.FAILED));
    guard.giveBackAndAwait();
    try {
      return call(method, args);
    } finally {
      callbacks.deliver();
    }
  }

  /** Where the user's thread has its turn, it sees to its locks by itself. */
  private void renewIfDue() {
    if (!turn.tryLock()) {
      return;
    }
    try {
      if (!renewal.isClosed() && records.isRenewalDue()) {
        guard.awaitAllSettled(); // it sends what the user has acknowledged, too
        records.renew();
      }
    } catch (RuntimeException e) {
      LOG.warn("acquisition locks could not be renewed; the next poll tells", e);
      failedRenewal = e;
    } finally {
      turn.unlock();
    }
  }

  private @Nullable Object call(Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(delegate, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static TopicPartition partitionOf(ConsumerRecord<?, ?> record) {
    return new TopicPartition(record.topic(), record.partition());
  }
}
