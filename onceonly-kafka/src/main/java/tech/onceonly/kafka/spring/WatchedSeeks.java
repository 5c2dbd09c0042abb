package tech.onceonly.kafka.spring;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.listener.ConsumerSeekAware.ConsumerSeekCallback;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.support.TopicPartitionOffset;
import org.springframework.kafka.support.TopicPartitionOffset.SeekPosition;

/**
 * Says, once for each listener, that what it reads again on purpose is skipped: a cache that fills
 * itself from a topic's beginning would stay empty. Passes its seeks on. Thread-safe.
 */
final class WatchedSeeks {

  private static final Logger LOG = LoggerFactory.getLogger(WatchedSeeks.class);

  private final String listenerId;
  private final AtomicBoolean said = new AtomicBoolean();

  WatchedSeeks(String listenerId) {
    this.listenerId = listenerId;
  }

  /** Partitions that are assigned by hand may name where every start begins. */
  void watch(ContainerProperties container) {
    TopicPartitionOffset[] assigned = container.getTopicPartitions();
    if (assigned != null && Arrays.stream(assigned).anyMatch(WatchedSeeks::beginsAnew)) {
      warn("has partitions assigned with an offset to begin at");
    }
  }

  /** By a proxy: the framework adds methods to this interface. */
  ConsumerSeekCallback watched(ConsumerSeekCallback callback) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (isSeekBack(method)) {
            warn("seeks by itself");
          }
          return invoke(callback, method, arguments);
        };
    return (ConsumerSeekCallback)
        Proxy.newProxyInstance(
            ConsumerSeekCallback.class.getClassLoader(),
            new Class<?>[] {ConsumerSeekCallback.class},
            handler);
  }

  private void warn(String what) {
    if (said.compareAndSet(false, true)) {
      LOG.warn(
          "listener {} {}: a record that it reads again within its claim's TTL is skipped. If it is"
              + " to get every record again, as a cache is, leave it out with without(\"{}\")",
          listenerId,
          what,
          listenerId);
    }
  }

  private static boolean beginsAnew(TopicPartitionOffset assigned) {
    return assigned.getOffset() != null
        || assigned.getOffsetComputeFunction() != null
        || (assigned.getPosition() != null && assigned.getPosition() != SeekPosition.END);
  }

  private static boolean isSeekBack(Method method) {
    return method.getName().startsWith("seek") && !method.getName().equals("seekToEnd");
  }

  private static @Nullable Object invoke(
      ConsumerSeekCallback callback, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(callback, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
