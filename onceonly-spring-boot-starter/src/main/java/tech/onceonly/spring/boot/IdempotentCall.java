package tech.onceonly.spring.boot;

import java.lang.reflect.Method;
import java.util.UUID;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.expression.BeanFactoryResolver;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import tech.onceonly.client.OnceOnly;
import tech.onceonly.spring.Idempotent;

/**
 * What a method's annotation says of a call: whether it is claimed, and by which text. Immutable
 * and thread-safe.
 */
final class IdempotentCall {

  private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

  private final Method method;
  private final String name;
  private final BeanFactory beans;
  private final @Nullable MethodExpression key;
  private final @Nullable MethodExpression condition;

  /**
   * Parses both expressions.
   *
   * @param shown what errors call the method
   * @throws StartRefusedException if one is wrong
   */
  IdempotentCall(
      Method method, Idempotent annotation, String name, String shown, BeanFactory beans) {
    this.method = method;
    this.name = name;
    this.beans = beans;
    key = parsed("key", annotation.key(), shown);
    condition = parsed("condition", annotation.condition(), shown);
  }

  private @Nullable MethodExpression parsed(String attribute, String text, String shown) {
    return text.isBlank() ? null : MethodExpression.parse(attribute, text, method, shown);
  }

  /**
   * The text of this call's key; null where it is not to be claimed.
   *
   * @throws IllegalArgumentException if there is none: the method must not run without
   */
  @Nullable String textOf(MethodInvocation call) {
    EvaluationContext context = contextOf(call);
    if (condition != null && !isTrue(condition, condition.value(context))) {
      return null;
    }
    return key == null ? OnceOnly.key(name, call.getArguments()) : text(key, key.value(context));
  }

  private EvaluationContext contextOf(MethodInvocation call) {
    Root root = new Root(call.getThis(), method, call.getArguments());
    MethodBasedEvaluationContext context =
        new MethodBasedEvaluationContext(root, method, call.getArguments(), NAMES);
    context.setBeanResolver(new BeanFactoryResolver(beans));
    return context;
  }

  private static boolean isTrue(MethodExpression condition, @Nullable Object value) {
    if (value instanceof Boolean is) {
      return is;
    }
    throw condition.refused("is neither true nor false");
  }

  private static String text(MethodExpression key, @Nullable Object value) {
    if (value == null || (value instanceof CharSequence blank && blank.toString().isBlank())) {
      throw key.refused("gave no key");
    }
    if (value instanceof Enum<?> constant) {
      return constant.name();
    }
    if (value instanceof CharSequence
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof UUID) {
      return value.toString();
    }
    // Another type's toString may differ from one process to the next, or say too little.
    throw key.refused(
        "gave a "
            + value.getClass().getName()
            + ", which has no text of its own; name what in it tells effects apart");
  }

  /** What an expression's bare names mean. Read by reflection. */
  static final class Root {
    private final @Nullable Object target;
    private final Method method;
    private final @Nullable Object[] args;

    private Root(@Nullable Object target, Method method, @Nullable Object[] args) {
      this.target = target;
      this.method = method;
      this.args = args;
    }

    public @Nullable Object getTarget() {
      return target;
    }

    public @Nullable Class<?> getTargetClass() {
      return target == null ? null : target.getClass();
    }

    public Method getMethod() {
      return method;
    }

    public @Nullable Object[] getArgs() {
      return args;
    }
  }
}
