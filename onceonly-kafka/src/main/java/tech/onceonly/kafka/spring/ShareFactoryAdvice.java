package tech.onceonly.kafka.spring;

import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.ShareConsumerFactory;
import org.springframework.kafka.listener.AbstractShareKafkaMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.MessageListenerContainer;
import org.springframework.kafka.listener.adapter.AsyncRepliesAware;
import tech.onceonly.kafka.OnceOnlyShareGroup;

/** Protects the consumers that a share consumer factory makes, each for its group. */
final class ShareFactoryAdvice implements MethodInterceptor {

  private static final Logger LOG = LoggerFactory.getLogger(ShareFactoryAdvice.class);

  private final Supplier<OnceOnlySpringKafka> onceOnly;
  private final Supplier<@Nullable KafkaListenerEndpointRegistry> registry;

  /**
   * Asks late for both.
   *
   * @param registry of the containers whose consumers are made, as far as it is known
   */
  ShareFactoryAdvice(
      Supplier<OnceOnlySpringKafka> onceOnly,
      Supplier<@Nullable KafkaListenerEndpointRegistry> registry) {
    this.onceOnly = onceOnly;
    this.registry = registry;
  }

  @Override
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    if (!invocation.getMethod().getName().equals("createShareConsumer")) {
      return invocation.proceed();
    }
    String groupId = groupOf(invocation);
    OnceOnlyShareGroup group = onceOnly.get().shareGroup(groupId);
    if (group == null) {
      LOG.info("share group {} is left out: its records run without a claim", groupId);
      return invocation.proceed();
    }
    requireSynchronous(groupId);
    ShareConsumer<?, ?> consumer =
        (ShareConsumer<?, ?>) Objects.requireNonNull(invocation.proceed());
    try {
      return group.wrap(consumer);
    } catch (IllegalArgumentException | IllegalStateException e) {
      consumer.close();
      throw new IllegalStateException(
          "share group "
              + groupId
              + " can't be protected: "
              + e.getMessage()
              + "; with a container: ShareAckMode.EXPLICIT, or MANUAL, in its properties, or leave"
              + " the group out with without(\""
              + groupId
              + "\")",
          e);
    }
  }

  /** Of another container of the group, too: it makes its own consumers by this factory. */
  private void requireSynchronous(String groupId) {
    KafkaListenerEndpointRegistry known = registry.get();
    if (known == null) {
      return;
    }
    for (MessageListenerContainer container : known.getAllListenerContainers()) {
      ContainerProperties properties = container.getContainerProperties();
      if (container instanceof AbstractShareKafkaMessageListenerContainer<?, ?>
          && groupId.equals(container.getGroupId())
          && properties.getShareAckMode() == ContainerProperties.ShareAckMode.EXPLICIT
          && properties.getMessageListener() instanceof AsyncRepliesAware async
          && async.isAsyncReplies()) {
        throw new IllegalStateException(
            "listener "
                + container.getListenerId()
                + " of share group "
                + groupId
                + " returns a future, a Mono or suspends: its container accepts its records before"
                + " its work is done. Let it return when it is, or acknowledge in"
                + " ShareAckMode.MANUAL, or leave the group out with without(\""
                + groupId
                + "\")");
      }
    }
  }

  private static String groupOf(MethodInvocation invocation) {
    Object given = invocation.getArguments()[0];
    if (given == null && invocation.getArguments().length > 2) {
      given = ((Map<?, ?>) invocation.getArguments()[2]).get(ConsumerConfig.GROUP_ID_CONFIG);
    }
    if (given == null && invocation.getThis() instanceof ShareConsumerFactory<?, ?> factory) {
      given = factory.getConfigurationProperties().get(ConsumerConfig.GROUP_ID_CONFIG);
    }
    if (given == null) {
      throw new IllegalStateException(
          "a share consumer needs group.id: set it on the listener or in its factory's properties");
    }
    return given.toString();
  }
}
