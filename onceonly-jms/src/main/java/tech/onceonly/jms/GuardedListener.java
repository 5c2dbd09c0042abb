package tech.onceonly.jms;

import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a listener. A proxy of all its public interfaces, since what hosts a listener may
 * ask it for more than messages: its subscription's name, an {@code onMessage} with a session.
 */
final class GuardedListener implements InvocationHandler {

  private final MessageListener listener;
  private final MessageRun run;

  private GuardedListener(MessageListener listener, MessageRun run) {
    this.listener = listener;
    this.run = run;
  }

  /** Around a listener that is guarded already: the same. */
  static MessageListener around(MessageListener listener, MessageRun run) {
    if (isGuarded(listener)) {
      return listener;
    }
    Set<Class<?>> interfaces = new LinkedHashSet<>();
    interfaces.add(MessageListener.class);
    for (Class<?> type = listener.getClass(); type != null; type = type.getSuperclass()) {
      for (Class<?> each : type.getInterfaces()) {
        if (Modifier.isPublic(each.getModifiers())) {
          interfaces.add(each);
        }
      }
    }
    return (MessageListener)
        Proxy.newProxyInstance(
            listener.getClass().getClassLoader(),
            interfaces.toArray(Class<?>[]::new),
            new GuardedListener(listener, run));
  }

  static boolean isGuarded(Object listener) {
    return Proxy.isProxyClass(listener.getClass())
        && Proxy.getInvocationHandler(listener) instanceof GuardedListener;
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (method.getName().equals("onMessage")
        && arguments != null
        && arguments[0] instanceof Message message) {
      run.listen(message, () -> call(method, arguments));
      return null;
    }
    if (method.getName().equals("equals") && method.getDeclaringClass() == Object.class) {
      return arguments != null && proxy == arguments[0];
    }
    return call(method, arguments);
  }

  private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Exception {
    try {
      return method.invoke(listener, arguments);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof Error error) {
        throw error;
      }
      throw cause instanceof Exception failure ? failure : e;
    }
  }
}
