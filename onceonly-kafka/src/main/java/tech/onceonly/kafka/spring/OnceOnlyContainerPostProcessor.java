package tech.onceonly.kafka.spring;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.DirectFieldAccessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.kafka.config.AbstractKafkaListenerContainerFactory;
import org.springframework.kafka.config.ContainerCustomizer;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.listener.AbstractMessageListenerContainer;
import org.springframework.util.ClassUtils;

/**
 * Protects every listener container of an application context: those that container factories make,
 * for {@code @KafkaListener} methods also when they are registered late, and those that are beans.
 *
 * <p>Of share groups it protects the consumer factories that are beans, and refuses containers
 * whose factory is none: see {@link OnceOnlyShareFactories}.
 *
 * <p>A factory's own container customizer runs first. Declare it as a {@code static} bean method,
 * as every post-processor.
 */
public final class OnceOnlyContainerPostProcessor implements BeanPostProcessor {

  /** The factory has a setter for it, and no getter; both lines that are supported name it so. */
  private static final String CUSTOMIZER = "containerCustomizer";

  /** Spring Kafka has them from 4.0 on; what names their classes must not be loaded before. */
  private static final boolean SHARE_GROUPS =
      ClassUtils.isPresent(
          "org.springframework.kafka.core.ShareConsumerFactory",
          OnceOnlyContainerPostProcessor.class.getClassLoader());

  private final Supplier<OnceOnlySpringKafka> onceOnly;
  private volatile @Nullable KafkaListenerEndpointRegistry registry;

  /**
   * Asks for the protection late.
   *
   * @param onceOnly asked when the first container is made: a post-processor is there before other
   *     beans are
   */
  public OnceOnlyContainerPostProcessor(Supplier<OnceOnlySpringKafka> onceOnly) {
    this.onceOnly = onceOnly;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    if (bean instanceof AbstractKafkaListenerContainerFactory<?, ?, ?> factory) {
      customize(factory);
    } else if (bean instanceof AbstractMessageListenerContainer<?, ?> container
        && container.getContainerProperties().getMessageListener() != null) {
      onceOnly.get().protect(container);
    }
    if (bean instanceof KafkaListenerEndpointRegistry containers) {
      registry = containers;
    }
    return SHARE_GROUPS ? OnceOnlyShareFactories.process(bean, onceOnly, () -> registry) : bean;
  }

  private <C extends AbstractMessageListenerContainer<K, V>, K, V> void customize(
      AbstractKafkaListenerContainerFactory<C, K, V> factory) {
    ContainerCustomizer<K, V, C> own = customizerOf(factory);
    factory.setContainerCustomizer(
        container -> {
          if (own != null) {
            own.configure(container);
          }
          // A container made without an endpoint gets its listener later, from the user's code.
          if (container.getContainerProperties().getMessageListener() != null) {
            onceOnly.get().protect(container);
          }
        });
  }

  @SuppressWarnings("unchecked") // of the field's type
  private static <C extends AbstractMessageListenerContainer<K, V>, K, V>
      @Nullable ContainerCustomizer<K, V, C> customizerOf(
          AbstractKafkaListenerContainerFactory<C, K, V> factory) {
    DirectFieldAccessor fields = new DirectFieldAccessor(factory);
    if (!fields.isReadableProperty(CUSTOMIZER)) {
      throw new IllegalStateException(
          "this version of Spring Kafka keeps its container customizer elsewhere, so it cannot be"
              + " kept: call OnceOnlySpringKafka.protect(container) from a customizer of your own,"
              + " and leave this post-processor out");
    }
    return (ContainerCustomizer<K, V, C>) fields.getPropertyValue(CUSTOMIZER);
  }
}
