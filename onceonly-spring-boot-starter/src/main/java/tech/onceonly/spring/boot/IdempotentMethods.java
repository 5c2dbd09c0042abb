package tech.onceonly.spring.boot;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.context.expression.AnnotatedElementKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import tech.onceonly.Mode;
import tech.onceonly.client.OnceOnly;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.spring.Idempotent;
import tech.onceonly.spring.OnDuplicate;

/**
 * The annotated methods of an application context, each made when its bean is, and the advice that
 * calls them. Thread-safe.
 */
final class IdempotentMethods implements MethodInterceptor {

  private static final String EXECUTOR = "applicationTaskExecutor";

  private final ConfigurableListableBeanFactory beans;
  private final Supplier<OnceOnlyProperties> properties;
  private final Supplier<OnceOnlyClient> client;
  private final Map<AnnotatedElementKey, IdempotentMethod> methods = new ConcurrentHashMap<>();

  /** Asks late for what it needs: advice is there before other beans are. */
  IdempotentMethods(
      ConfigurableListableBeanFactory beans,
      Supplier<OnceOnlyProperties> properties,
      Supplier<OnceOnlyClient> client) {
    this.beans = beans;
    this.properties = properties;
    this.client = client;
  }

  @Override
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Class<?> owner = AopUtils.getTargetClass(Objects.requireNonNull(invocation.getThis()));
    return of(annotated(invocation.getMethod(), owner), owner).invoke(invocation);
  }

  /**
   * The method, checked.
   *
   * @param owner the class of the bean, which may have inherited it
   * @throws StartRefusedException naming the method and the mend
   */
  IdempotentMethod of(Method method, Class<?> owner) {
    AnnotatedElementKey key = new AnnotatedElementKey(method, owner);
    IdempotentMethod known = methods.get(key);
    if (known == null) {
      // Not in the map's own time: beans are made on the way, which may have such methods.
      IdempotentMethod made = make(method, ClassUtils.getUserClass(owner));
      known = Objects.requireNonNullElse(methods.putIfAbsent(key, made), made);
    }
    return known;
  }

  /** The bean's own method; or, where its class does not show it, the interface's. */
  private static Method annotated(Method called, Class<?> owner) {
    Method own = AopUtils.getMostSpecificMethod(called, owner);
    return AnnotatedElementUtils.hasAnnotation(own, Idempotent.class) ? own : called;
  }

  private IdempotentMethod make(Method method, Class<?> owner) {
    Idempotent annotation =
        Objects.requireNonNull(
            AnnotatedElementUtils.findMergedAnnotation(method, Idempotent.class));
    MethodRules rules = new MethodRules(method, owner, annotation);
    rules.check();
    IdempotentMethod.Name name = nameOf(method, owner, annotation);
    String shown = MethodRules.shown(method, owner);
    IdempotentCall call = new IdempotentCall(method, annotation, name.name(), shown, beans);
    try {
      return new IdempotentMethod(
          name, call, rules.isAsync(), engine(name.name(), rules, annotation));
    } catch (IllegalArgumentException e) {
      throw new StartRefusedException(
          shown + " can't be claimed as it is set: " + e.getMessage(),
          "Mend the annotation, or the property under onceonly.idempotent that it goes by.",
          e);
    }
  }

  private IdempotentMethod.Name nameOf(Method method, Class<?> owner, Idempotent annotation) {
    IdempotentProperties ofAll = properties.get().getIdempotent();
    String name = resolved(annotation.name());
    String namespace = resolved(annotation.namespace());
    if (namespace.isBlank()) {
      namespace = Objects.requireNonNullElse(ofAll.getNamespace(), "");
    }
    if (namespace.isBlank()) {
      namespace = resolved("${spring.application.name:}");
    }
    if (namespace.isBlank()) {
      throw new StartRefusedException(
          MethodRules.shown(method, owner)
              + " has no namespace: another application's calls could be taken for its own.",
          "Set spring.application.name, or onceonly.idempotent.namespace.",
          null);
    }
    return new IdempotentMethod.Name(
        namespace, name.isBlank() ? ClassUtils.getShortName(owner) + "." + method.getName() : name);
  }

  private tech.onceonly.client.Idempotent<Object> engine(
      String name, MethodRules rules, Idempotent annotation) {
    IdempotentProperties ofAll = properties.get().getIdempotent();
    Mode mode = rules.mode(ofAll.getMode());
    OnDuplicate onDuplicate = rules.onDuplicate(mode);
    tech.onceonly.client.Idempotent.Builder<Object> builder =
        OnceOnly.idempotentOfType(client.get(), name, rules.resultType());
    Duration ttl = durationOf(annotation.ttl());
    if (mode == Mode.LEASE) {
      Duration leaseTtl = Objects.requireNonNullElse(ttl, ofAll.getLeaseTtl());
      Duration standard =
          rules.isListener() ? IdempotentMethod.outlasting(leaseTtl) : ofAll.getWaitForOthers();
      Duration wait = durationOf(annotation.waitForOthers());
      builder.lease().ttl(leaseTtl).waitForOthers(Objects.requireNonNullElse(wait, standard));
    } else if (ttl != null || ofAll.getTtl() != null) {
      builder.ttl(Objects.requireNonNull(ttl == null ? ofAll.getTtl() : ttl));
    }
    if (rules.isAsync()) {
      builder.executor(executor());
    }
    answerDuplicates(builder, onDuplicate, rules);
    builder.onDecided(
        beans
            .getBeanProvider(CallEvents.class)
            .orderedStream()
            .map(events -> events.apply(name))
            .reduce(decision -> {}, Consumer::andThen));
    return builder.doneAfter(TransactionEnd::ofThisThread).build();
  }

  private static void answerDuplicates(
      tech.onceonly.client.Idempotent.Builder<Object> builder,
      OnDuplicate onDuplicate,
      MethodRules rules) {
    boolean replays = onDuplicate == OnDuplicate.REPLAY && rules.hasResult();
    if (!replays) {
      builder.withoutReplay();
    }
    boolean quiet =
        onDuplicate == OnDuplicate.RETURN_NULL
            || (onDuplicate == OnDuplicate.REPLAY && (!rules.hasResult() || rules.isQuiet()));
    if (quiet) {
      builder.onDuplicate(key -> null);
    }
  }

  private @Nullable Duration durationOf(String text) {
    String resolved = resolved(text);
    return resolved.isBlank() ? null : DurationStyle.detectAndParse(resolved);
  }

  private String resolved(String text) {
    return Objects.requireNonNullElse(beans.resolveEmbeddedValue(text), "");
  }

  private Executor executor() {
    return beans.containsBean(EXECUTOR)
        ? beans.getBean(EXECUTOR, Executor.class)
        : ForkJoinPool.commonPool();
  }
}
