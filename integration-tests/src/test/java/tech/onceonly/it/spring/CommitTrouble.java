package tech.onceonly.it.spring;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.springframework.kafka.core.ConsumerPostProcessor;

/**
 * Troubles, once for each consumer, the commit that a container makes up for after a rebalance: its
 * first commit fails as in a rebalance, and the next one that comes right after a poll of records
 * is woken, by the real client, or times out.
 */
final class CommitTrouble implements ConsumerPostProcessor<String, String> {

  enum Kind {
    WAKE_UP,
    TWO_WAKE_UPS,
    TIME_OUT
  }

  private final Kind kind;
  private final Set<String> groups = ConcurrentHashMap.newKeySet();

  CommitTrouble(Kind kind) {
    this.kind = kind;
  }

  /** Whose consumers have had it. */
  Set<String> groups() {
    return groups;
  }

  @Override
  @SuppressWarnings("unchecked") // the proxy passes on what the delegate takes and gives
  public Consumer<String, String> apply(Consumer<String, String> consumer) {
    return (Consumer<String, String>)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Consumer.class}, new Troubled(consumer));
  }

  private final class Troubled implements InvocationHandler {

    private final Consumer<String, String> delegate;
    private boolean inRebalance;
    private boolean done;
    private boolean polled;
    private int troubles = kind == Kind.TWO_WAKE_UPS ? 2 : 1;

    Troubled(Consumer<String, String> delegate) {
      this.delegate = delegate;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      if (method.getName().equals("commitSync") && !done) {
        trouble();
      }
      Object result = call(method, arguments);
      if (method.getName().equals("poll")) {
        polled = !((ConsumerRecords<?, ?>) result).isEmpty();
      }
      return result;
    }

    private void trouble() {
      if (!inRebalance || !polled) {
        inRebalance = true;
        throw new RebalanceInProgressException("made by the test");
      }
      groups.add(delegate.groupMetadata().groupId());
      troubles--;
      done = troubles == 0;
      if (kind == Kind.TIME_OUT) {
        throw new TimeoutException("made by the test");
      }
      delegate.wakeup();
    }

    private Object call(Method method, Object[] arguments) throws Throwable {
      try {
        return method.invoke(delegate, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }
}
