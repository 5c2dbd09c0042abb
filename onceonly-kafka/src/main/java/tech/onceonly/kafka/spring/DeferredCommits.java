package tech.onceonly.kafka.spring;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.DirectFieldAccessor;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.ConsumerPostProcessor;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.kafka.listener.KafkaMessageListenerContainer;

/**
 * Keeps a container from dropping what it has polled.
 *
 * <p>Right after a poll a container makes up for the commits that failed in a rebalance. If that
 * throws, what was polled is gone, with the positions past it. A time-out is enough, and so is a
 * wake-up, by which any thread resumes a partition. So a woken commit is made again; and where the
 * first one after a poll fails, the container is told what makes it keep the commit for after its
 * next poll, and go on. What lasts shows at the next commit. No consumer is touched but those that
 * containers subscribe.
 *
 * <p>It stands at the consumer, since a retry topic's error handler is put in after a container was
 * protected, and can't be replaced.
 */
final class DeferredCommits implements InvocationHandler {

  private static final Logger LOG = LoggerFactory.getLogger(DeferredCommits.class);

  /** Containers have no getter for it; both lines that are supported name it so. */
  private static final String FACTORY = "consumerFactory";

  private final Consumer<?, ?> delegate;
  private boolean ofContainer;
  private boolean firstAfterPoll;

  private DeferredCommits(Consumer<?, ?> delegate) {
    this.delegate = delegate;
  }

  /** From its next start on. Once for each consumer factory. */
  static void protect(AbstractMessageListenerContainer<?, ?> container, String listenerId) {
    ConsumerFactory<?, ?> factory =
        (ConsumerFactory<?, ?>) new DirectFieldAccessor(container).getPropertyValue(FACTORY);
    if (factory != null && !isProtected(factory)) {
      protect(factory);
      if (!isProtected(factory)) {
        LOG.warn(
            "listener {} may lose what it has polled where a commit is woken or fails right"
                + " after a rebalance, since {} takes no post-processors: extend"
                + " DefaultKafkaConsumerFactory",
            listenerId,
            factory.getClass().getName());
      }
    }
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] args = arguments == null ? new Object[0] : arguments;
    return switch (method.getName()) {
      case "subscribe" -> {
        ofContainer = args.length == 2 && isContainers(args[1]);
        yield call(method, args);
      }
      case "poll" -> {
        firstAfterPoll = false; // what a rebalance commits
        Object polled = call(method, args);
        firstAfterPoll = true;
        yield polled;
      }
      // With offsets and a timeout, as the container commits.
      case "commitSync" ->
          ofContainer && args.length == 2 ? commit(method, args) : call(method, args);
      case "equals" -> proxy == args[0];
      case "hashCode" -> System.identityHashCode(proxy);
      default -> call(method, args);
    };
  }

  private @Nullable Object commit(Method method, Object[] args) throws Throwable {
    boolean first = firstAfterPoll;
    firstAfterPoll = false;
    try {
      return commitUnwoken(method, args);
    } catch (KafkaException e) {
      if (!first || isFinal(e)) {
        throw e;
      }
      LOG.warn("the commit of {} failed, and is made again after the next poll", args[0], e);
      throw new RebalanceInProgressException("to be committed after the next poll", e);
    }
  }

  /** The partitions are others' by now, or the container ends, or knows it as it is. */
  private static boolean isFinal(KafkaException failure) {
    return failure instanceof CommitFailedException
        || failure instanceof FencedInstanceIdException
        || failure instanceof InterruptException
        || failure instanceof RebalanceInProgressException;
  }

  /** The container looks for what it was woken for before it polls again. */
  private @Nullable Object commitUnwoken(Method method, Object[] args) throws Throwable {
    try {
      return call(method, args);
    } catch (WakeupException e) {
      LOG.debug("woken at a commit, which is made again");
      return call(method, args);
    }
  }

  private @Nullable Object call(Method method, Object[] args) throws Throwable {
    try {
      return method.invoke(delegate, args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static boolean isContainers(Object rebalanceListener) {
    return rebalanceListener.getClass().getNestHost() == KafkaMessageListenerContainer.class;
  }

  private static <K, V> void protect(ConsumerFactory<K, V> factory) {
    factory.addPostProcessor(new Proxies<>());
  }

  private static boolean isProtected(ConsumerFactory<?, ?> factory) {
    return factory.getPostProcessors().stream().anyMatch(Proxies.class::isInstance);
  }

  private static final class Proxies<K, V> implements ConsumerPostProcessor<K, V> {

    @Override
    @SuppressWarnings("unchecked") // the proxy passes on what the delegate takes and gives
    public Consumer<K, V> apply(Consumer<K, V> consumer) {
      return (Consumer<K, V>)
          Proxy.newProxyInstance(
              DeferredCommits.class.getClassLoader(),
              new Class<?>[] {Consumer.class},
              new DeferredCommits(consumer));
    }
  }
}
