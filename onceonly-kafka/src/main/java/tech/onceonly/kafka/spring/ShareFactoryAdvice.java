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
import org.springframework.kafka.core.ShareConsumerFactory;
import tech.onceonly.kafka.OnceOnlyShareGroup;

/** Protects the consumers that a share consumer factory makes, each for its group. */
final class ShareFactoryAdvice implements MethodInterceptor {

  private static final Logger LOG = LoggerFactory.getLogger(ShareFactoryAdvice.class);

  private final Supplier<OnceOnlySpringKafka> onceOnly;

  ShareFactoryAdvice(Supplier<OnceOnlySpringKafka> onceOnly) {
    this.onceOnly = onceOnly;
  }

  @Override
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    if (!invocation.getMethod().getName().equals("createShareConsumer")) {
      return invocation.proceed();
    }
    String groupId = groupOf(invocation);
    OnceOnlyShareGroup group = onceOnly.get().shareGroup(groupId);
    Object made = invocation.proceed();
    if (group == null) {
      LOG.info("share group {} is left out: its records run without a claim", groupId);
      return made;
    }
    ShareConsumer<?, ?> consumer = (ShareConsumer<?, ?>) Objects.requireNonNull(made);
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
