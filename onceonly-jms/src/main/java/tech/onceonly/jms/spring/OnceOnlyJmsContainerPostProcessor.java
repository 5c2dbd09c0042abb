package tech.onceonly.jms.spring;

import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.jms.config.JmsListenerContainerFactory;
import org.springframework.jms.config.JmsListenerEndpointRegistry;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import org.springframework.jms.listener.MessageListenerContainer;
import org.springframework.util.ClassUtils;

/**
 * Protects every listener container of an application context: those that are made for
 * {@code @JmsListener} methods and for endpoints that are registered in code, also late, and those
 * that are beans. Spring JMS has no hook for the first, so that the registry, which has them made,
 * is proxied.
 *
 * <p>Declare it as a {@code static} bean method, as every post-processor.
 */
public final class OnceOnlyJmsContainerPostProcessor
    implements SmartInstantiationAwareBeanPostProcessor {

  private static final String REGISTERS = "registerListenerContainer";

  private final Supplier<OnceOnlySpringJms> onceOnly;

  /**
   * Asks for the protection late.
   *
   * @param onceOnly asked when the first container is made: a post-processor is there before other
   *     beans are
   */
  public OnceOnlyJmsContainerPostProcessor(Supplier<OnceOnlySpringJms> onceOnly) {
    this.onceOnly = onceOnly;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    if (bean instanceof JmsListenerEndpointRegistry registry) {
      return protecting(registry);
    }
    if (bean instanceof AbstractMessageListenerContainer container
        && container.getMessageListener() != null) {
      onceOnly.get().protect(container, beanName);
    }
    return bean;
  }

  /** Asked where an application is prepared for a native image, which makes no class later. */
  @Override
  public Class<?> determineBeanType(Class<?> beanClass, String beanName) {
    return JmsListenerEndpointRegistry.class.isAssignableFrom(beanClass)
        ? proxyOf(beanClass).getProxyClass(beanClass.getClassLoader())
        : beanClass;
  }

  private Object protecting(JmsListenerEndpointRegistry registry) {
    ProxyFactory proxy = proxyOf(registry.getClass());
    proxy.setTarget(registry);
    return proxy.getProxy(registry.getClass().getClassLoader());
  }

  private ProxyFactory proxyOf(Class<?> registry) {
    ProxyFactory proxy = new ProxyFactory(ClassUtils.getAllInterfacesForClass(registry));
    proxy.setTargetClass(registry);
    proxy.setProxyTargetClass(true);
    proxy.addAdvice(
        (MethodInterceptor)
            call -> {
              @Nullable Object[] arguments = call.getArguments();
              if (call.getMethod().getName().equals(REGISTERS)
                  && arguments[1] instanceof JmsListenerContainerFactory<?> factory) {
                arguments[1] = protecting(factory);
              }
              return call.proceed();
            });
    return proxy;
  }

  private JmsListenerContainerFactory<MessageListenerContainer> protecting(
      JmsListenerContainerFactory<?> factory) {
    return endpoint -> {
      MessageListenerContainer made = factory.createListenerContainer(endpoint);
      if (made instanceof AbstractMessageListenerContainer container) {
        onceOnly.get().protect(container, endpoint.getId());
      } else if (!onceOnly.get().leavesOut(endpoint.getId())) {
        throw new UnprotectableListenerException(
            endpoint.getId(),
            "runs in a "
                + made.getClass().getName()
                + ", which cannot be protected: use another container factory, or guard the work"
                + " with OnceOnlyJms.handle");
      }
      return made;
    };
  }
}
