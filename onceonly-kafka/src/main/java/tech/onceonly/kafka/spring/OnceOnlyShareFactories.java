package tech.onceonly.kafka.spring;

import java.lang.reflect.Modifier;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.DirectFieldAccessor;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.config.ShareKafkaListenerContainerFactory;
import org.springframework.kafka.core.ShareConsumerFactory;
import org.springframework.kafka.listener.AbstractShareKafkaMessageListenerContainer;

/**
 * Protects the share groups of Spring Kafka 4.1 and later, by the factories of their consumers.
 *
 * <p>Their containers have no hook for a listener that must wait or is refused: whatever it throws
 * is rejected or released. A protected consumer waits in its poll and hands over only what is to be
 * processed; a refusal comes out of the poll, which stops the container abnormally.
 *
 * <p>{@link OnceOnlyContainerPostProcessor} does this for every factory that is a bean, and refuses
 * to start containers of others. Not on the class path of older versions: this class needs theirs.
 */
public final class OnceOnlyShareFactories {

  /** The container factory, and the container, name it so. There is no getter. */
  private static final String FACTORY = "shareConsumerFactory";

  private OnceOnlyShareFactories() {}

  /**
   * The same factory, whose consumers are protected. Twice is a no-op. Listeners that return a
   * future are not found out here: the post-processor refuses them, in {@code EXPLICIT} mode.
   *
   * @param onceOnly settings by listener count for the share group of that name
   */
  public static <K, V> ShareConsumerFactory<K, V> protect(
      ShareConsumerFactory<K, V> factory, OnceOnlySpringKafka onceOnly) {
    return protect(factory, new ShareFactoryAdvice(() -> onceOnly, () -> null));
  }

  /** What stands in the bean's place. */
  static Object process(
      Object bean,
      Supplier<OnceOnlySpringKafka> onceOnly,
      Supplier<@Nullable KafkaListenerEndpointRegistry> registry) {
    if (bean instanceof ShareConsumerFactory<?, ?> factory) {
      return protect(factory, new ShareFactoryAdvice(onceOnly, registry));
    }
    if (bean instanceof ShareKafkaListenerContainerFactory<?, ?>
        || bean instanceof AbstractShareKafkaMessageListenerContainer<?, ?>) {
      requireProtected(bean);
    }
    return bean;
  }

  @SuppressWarnings("unchecked") // the proxy is of the factory's own class, or has its interfaces
  private static <K, V> ShareConsumerFactory<K, V> protect(
      ShareConsumerFactory<K, V> factory, ShareFactoryAdvice advice) {
    if (isProtected(factory)) {
      return factory;
    }
    ProxyFactory proxy = new ProxyFactory(factory);
    proxy.setProxyTargetClass(!Modifier.isFinal(factory.getClass().getModifiers()));
    proxy.addAdvice(advice);
    return (ShareConsumerFactory<K, V>)
        Objects.requireNonNull(proxy.getProxy(factory.getClass().getClassLoader()));
  }

  private static void requireProtected(Object container) {
    DirectFieldAccessor fields = new DirectFieldAccessor(container);
    if (!fields.isReadableProperty(FACTORY) || !isProtected(fields.getPropertyValue(FACTORY))) {
      throw new IllegalStateException(
          "the consumers of "
              + container.getClass().getSimpleName()
              + " are not protected, since their share consumer factory is not a bean: declare it"
              + " as one, or give OnceOnlyShareFactories.protect(factory, onceOnly) in its place");
    }
  }

  private static boolean isProtected(@Nullable Object factory) {
    return factory instanceof Advised advised
        && Stream.of(advised.getAdvisors())
            .anyMatch(advisor -> advisor.getAdvice() instanceof ShareFactoryAdvice);
  }
}
