package tech.onceonly.spring.boot;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopInfrastructureBean;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import tech.onceonly.spring.Idempotent;

/**
 * Checks the annotated methods of each bean as it is made, so that what is wrong fails the start
 * and not a call, and that two of them never share keys. Thread-safe.
 */
final class IdempotentBeans implements BeanPostProcessor {

  /** Which method of which bean has a name. */
  private record Holder(String bean, Method method) {}

  private final IdempotentMethods methods;
  private final boolean extendsClasses;
  private final Map<IdempotentMethod.Name, Holder> names = new ConcurrentHashMap<>();

  /**
   * @param extendsClasses whether proxies do, also of beans that have interfaces
   */
  IdempotentBeans(IdempotentMethods methods, boolean extendsClasses) {
    this.methods = methods;
    this.extendsClasses = extendsClasses;
  }

  /** Before proxies are made, whose own errors would not say why. */
  @Override
  public Object postProcessBeforeInitialization(Object bean, String beanName) {
    Class<?> owner = ClassUtils.getUserClass(bean);
    boolean extended = extendsClasses || owner.getInterfaces().length == 0;
    annotated(owner)
        .forEach(
            method ->
                MethodRules.checkProxied(method, owner, extended && !Proxy.isProxyClass(owner)));
    return bean;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    if (bean instanceof AopInfrastructureBean) {
      return bean;
    }
    TransactionEnd.hear(bean);
    Class<?> owner = ClassUtils.getUserClass(AopProxyUtils.ultimateTargetClass(bean));
    for (Method method : annotated(owner)) {
      IdempotentMethod made = methods.of(method, owner);
      String shown = MethodRules.shown(method, owner);
      checkName(made.name(), new Holder(beanName, method), shown);
      checkAdvised(bean, shown);
    }
    return bean;
  }

  private static Set<Method> annotated(Class<?> owner) {
    if (!AnnotationUtils.isCandidateClass(owner, Idempotent.class)) {
      return Set.of();
    }
    return MethodIntrospector.selectMethods(
            owner,
            (MethodIntrospector.MetadataLookup<Idempotent>)
                method -> AnnotatedElementUtils.findMergedAnnotation(method, Idempotent.class))
        .keySet();
  }

  private void checkName(IdempotentMethod.Name name, Holder holder, String shown) {
    Holder first = Objects.requireNonNullElse(names.putIfAbsent(name, holder), holder);
    if (!first.equals(holder)) {
      throw new StartRefusedException(
          shown
              + " of bean "
              + holder.bean()
              + " has the name "
              + name.name()
              + " of "
              + first.method()
              + " of bean "
              + first.bean()
              + ", so that a call of one would be a duplicate of the other's.",
          "Give the methods different names. Two beans of one class can't have them: call one"
              + " annotated bean from both, with what tells them apart in its key.",
          null);
    }
  }

  private static void checkAdvised(Object bean, String shown) {
    boolean advised =
        bean instanceof Advised proxy
            && Stream.of(proxy.getAdvisors())
                .anyMatch(advisor -> advisor.getAdvice() instanceof IdempotentMethods);
    if (!advised) {
      throw new StartRefusedException(
          shown + " is of a bean that has no proxy, so that its calls can't be claimed.",
          "Something keeps Spring from making one: the bean is made by hand, or before the"
              + " post-processors are. Move the method to a bean of its own.",
          null);
    }
  }
}
