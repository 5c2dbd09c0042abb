package tech.onceonly.kafka;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands behind a wrapped consumer. Methods that concern claims are seen to; every other one,
 * and every one that Kafka adds, goes to the delegate as it is.
 */
final class GuardedConsumer<K, V> implements InvocationHandler {

  private static final Logger LOG = LoggerFactory.getLogger(GuardedConsumer.class);

  private final Consumer<K, V> delegate;
  private final KafkaOptions options;
  private final KafkaGuard guard;
  private final PolledClaims claims;
  private final HeldPartitions held;
  private final GuardedPoll<K, V> poll;

  private GuardedConsumer(Consumer<K, V> delegate, KafkaOptions options, KafkaGuard guard) {
    this.delegate = delegate;
    this.options = options;
    this.guard = guard;
    claims = new PolledClaims(guard.settlements());
    held = new HeldPartitions(delegate, options.nanoTime());
    poll = new GuardedPoll<>(delegate, options, guard.guard(), guard.settlements(), claims, held);
  }

  @SuppressWarnings("unchecked") // the proxy passes on what the delegate takes and gives
  static <K, V> Consumer<K, V> proxy(
      Consumer<K, V> delegate, KafkaOptions options, KafkaGuard guard) {
    return (Consumer<K, V>)
        Proxy.newProxyInstance(
            GuardedConsumer.class.getClassLoader(),
            new Class<?>[] {Consumer.class},
            new GuardedConsumer<>(delegate, options, guard));
  }

  static boolean isGuarded(Consumer<?, ?> consumer) {
    return Proxy.isProxyClass(consumer.getClass())
        && Proxy.getInvocationHandler(consumer) instanceof GuardedConsumer;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] args = arguments == null ? new Object[0] : arguments;
    return switch (method.getName()) {
      case "poll" -> poll(args);
      case "commitSync" -> commitSync(method, args);
      case "commitAsync" -> commitAsync(args);
      case "subscribe" -> subscribe(method, args);
      case "assign", "unsubscribe" -> reassign(method, args);
      case "seek", "seekToBeginning", "seekToEnd" -> seek(method, args);
      case "paused" -> held.paused();
      case "pause" -> {
        held.pauseByUser(partitions(args));
        yield null;
      }
      case "resume" -> {
        held.resumeByUser(partitions(args));
        yield null;
      }
      case "close" -> close(method, args);
      case "equals" -> proxy == args[0];
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString" -> "OnceOnly[" + delegate + "]";
      default -> call(method, args);
    };
  }

  /** Unless committed by the user's listener, their records come again, here or elsewhere. */
  void revoked(Collection<TopicPartition> partitions) {
    claims.giveBack(partitions);
    held.forget(partitions);
    guard.giveBackAndAwait();
  }

  void lost(Collection<TopicPartition> partitions) {
    claims.abandon(partitions);
    held.forget(partitions);
    guard.giveBackAndAwait();
  }

  private Object poll(Object[] args) {
    if (!(args[0] instanceof Duration timeout)) {
      throw new UnsupportedOperationException(
          "poll(long) is not guarded: call poll(Duration) instead");
    }
    return poll.poll(timeout);
  }

  private @Nullable Object commitSync(Method method, Object[] args) throws Throwable {
    Object result = call(method, args);
    if (args.length > 0 && args[0] instanceof Map<?, ?>) {
      claims.committed(offsets(args[0]));
    } else {
      claims.committedAll();
    }
    return result;
  }

  private @Nullable Object commitAsync(Object[] args) {
    OffsetCommitCallback users =
        args.length > 0 && args[args.length - 1] instanceof OffsetCommitCallback given
            ? given
            : null;
    OffsetCommitCallback settling = (offsets, failure) -> committed(users, offsets, failure);
    if (args.length == 2) {
      delegate.commitAsync(offsets(args[0]), settling);
    } else {
      delegate.commitAsync(settling);
    }
    return null;
  }

  private void committed(
      @Nullable OffsetCommitCallback users,
      @Nullable Map<TopicPartition, OffsetAndMetadata> offsets,
      @Nullable Exception failure) {
    if (failure == null && offsets != null) {
      claims.committed(offsets);
    }
    if (users != null) {
      users.onComplete(offsets, failure);
    } else if (failure != null) {
      LOG.error("asynchronous commit of {} failed", offsets, failure);
    }
  }

  private @Nullable Object subscribe(Method method, Object[] args) throws Throwable {
    if (args.length == 2 && !(args[1] instanceof ConsumerRebalanceListener)) {
      return call(method, args);
    }
    ConsumerRebalanceListener users = args.length == 2 ? (ConsumerRebalanceListener) args[1] : null;
    Method listening =
        Consumer.class.getMethod(
            "subscribe", method.getParameterTypes()[0], ConsumerRebalanceListener.class);
    return call(listening, new Object[] {args[0], new ReleasingListener(users, this)});
  }

  /** Partitions that go without a rebalance. */
  private @Nullable Object reassign(Method method, Object[] args) throws Throwable {
    if (options.autoCommit() && args.length == 1) {
      claims.committedAll(); // assigning others commits these
    }
    Set<TopicPartition> before = new HashSet<>(delegate.assignment());
    Object result = call(method, args);
    before.removeAll(delegate.assignment());
    revoked(before);
    return result;
  }

  private @Nullable Object seek(Method method, Object[] args) throws Throwable {
    Object result = call(method, args);
    if (args[0] instanceof TopicPartition partition) {
      long offset = args[1] instanceof OffsetAndMetadata there ? there.offset() : (Long) args[1];
      claims.positionAt(partition, offset);
      return result;
    }
    long offset = method.getName().equals("seekToBeginning") ? 0 : Long.MAX_VALUE;
    Collection<TopicPartition> partitions = partitions(args);
    // Kafka takes none to mean all.
    (partitions.isEmpty() ? delegate.assignment() : partitions)
        .forEach(partition -> claims.positionAt(partition, offset));
    return result;
  }

  /** The delegate first: its listener and its own commit still count. */
  private @Nullable Object close(Method method, Object[] args) throws Throwable {
    if (options.autoCommit()) {
      claims.committedAll();
    }
    try {
      return call(method, args);
    } finally {
      claims.giveBackAll();
      guard.close();
    }
  }

  private @Nullable Object call(Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(delegate, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  @SuppressWarnings("unchecked") // by the method's signature
  private static Collection<TopicPartition> partitions(Object[] args) {
    return (Collection<TopicPartition>) args[0];
  }

  @SuppressWarnings("unchecked") // by the method's signature
  private static Map<TopicPartition, OffsetAndMetadata> offsets(Object offsets) {
    return (Map<TopicPartition, OffsetAndMetadata>) offsets;
  }
}
