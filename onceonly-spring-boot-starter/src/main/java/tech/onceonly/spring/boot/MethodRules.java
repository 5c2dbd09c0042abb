package tech.onceonly.spring.boot;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.BaseStream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;
import tech.onceonly.Mode;
import tech.onceonly.spring.Idempotent;
import tech.onceonly.spring.OnDuplicate;

/** What an annotated method is, and what it must not be: told at the start, with the mend. */
final class MethodRules {

  /** What all listener annotations of Spring's are annotated with. */
  private static final String LISTENER =
      "org.springframework.messaging.handler.annotation.MessageMapping";

  private static final String PUBLISHER = "org.reactivestreams.Publisher";

  private final Method method;
  private final Class<?> owner;
  private final Idempotent annotation;

  MethodRules(Method method, Class<?> owner, Idempotent annotation) {
    this.method = method;
    this.owner = owner;
    this.annotation = annotation;
  }

  /** What errors call it. */
  static String shown(Method method, Class<?> owner) {
    return "@Idempotent method " + ClassUtils.getShortName(owner) + "." + method.getName();
  }

  /**
   * Refuses a method that no proxy can stand before.
   *
   * @param extended whether the proxy extends the bean's class
   */
  static void checkProxied(Method method, Class<?> owner, boolean extended) {
    String shown = shown(method, owner);
    if (extended && Modifier.isFinal(owner.getModifiers())) {
      throw new StartRefusedException(
          shown + " can't be claimed, since its class is final.",
          "Spring extends the class by a proxy: make it one that is not final (in Kotlin, open).",
          null);
    }
    int modifiers = method.getModifiers();
    for (int each : new int[] {Modifier.PRIVATE, Modifier.STATIC, Modifier.FINAL}) {
      if ((modifiers & each) != 0) {
        throw new StartRefusedException(
            shown + " is " + Modifier.toString(each) + ", so that its calls can't be claimed.",
            "Spring overrides the method in a proxy: make it an instance method that is neither"
                + " private nor final (in Kotlin, open).",
            null);
      }
    }
  }

  boolean isListener() {
    return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).isPresent(LISTENER);
  }

  boolean isAsync() {
    return CompletionStage.class.isAssignableFrom(method.getReturnType());
  }

  /** Of the method, or of its stage; {@link Void} where there is none. */
  Type resultType() {
    Class<?> returned = method.getReturnType();
    if (returned == void.class) {
      return Void.class;
    }
    if (!isAsync()) {
      return GenericTypeResolver.resolveType(method.getGenericReturnType(), owner);
    }
    return ResolvableType.forMethodReturnType(method, owner).getGeneric(0).getType();
  }

  /** Whether a duplicate without a result at hand gets null: an error handler would retry it. */
  boolean isQuiet() {
    return isListener() && !method.getReturnType().isPrimitive();
  }

  boolean hasResult() {
    return resultType() != Void.class;
  }

  /** Checked against what it returns. */
  Mode mode(Mode ofAll) {
    Mode[] own = annotation.mode();
    if (own.length > 1) {
      throw refused("has more than one mode", "Give one, or none for the property's.");
    }
    if (!isListener()) {
      return own.length == 0 ? ofAll : own[0];
    }
    if (own.length == 1 && own[0] != Mode.LEASE) {
      throw refused(
          "is a listener, and claimed by check-lock",
          "A check-lock that can't be given back makes the retry of a failed listener its own"
              + " duplicate, and its effect is lost: leave mode out, for lease. For check-lock,"
              + " protect the listener's deliveries and not its method (onceonly.kafka.mode,"
              + " onceonly.jms.mode).");
    }
    return Mode.LEASE;
  }

  /** Never {@link OnDuplicate#DEFAULT}. */
  OnDuplicate onDuplicate(Mode mode) {
    OnDuplicate asked = annotation.onDuplicate();
    if (asked == OnDuplicate.DEFAULT) {
      asked = mode == Mode.LEASE ? OnDuplicate.REPLAY : OnDuplicate.THROW;
    }
    if (asked == OnDuplicate.REPLAY && mode != Mode.LEASE) {
      throw refused(
          "is to replay results in check-lock mode, which stores none",
          "Set mode = Mode.LEASE, or another onDuplicate.");
    }
    if (asked == OnDuplicate.REPLAY && hasResult() && isUnknown()) {
      throw refused(
          "is to replay a result whose type is not known: " + method.getGenericReturnType(),
          "Declare the type, or set onDuplicate to RETURN_NULL or THROW.");
    }
    if (asked == OnDuplicate.RETURN_NULL
        && method.getReturnType().isPrimitive()
        && method.getReturnType() != void.class) {
      throw refused(
          "returns a " + method.getReturnType() + ", which can't be null",
          "Set another onDuplicate, or return an object.");
    }
    return asked;
  }

  /** What can't be claimed as it is. */
  void check() {
    checkReturned();
    if (annotation.key().isBlank() && isListener()) {
      throw refused(
          "is a listener without a key",
          "Set key: its arguments hold what differs in each delivery.");
    }
    if (annotation.key().isBlank() && method.getParameterCount() == 0) {
      throw refused(
          "has no arguments and no key, so that it would run once for all",
          "Set key; \"'once'\" if that is what is meant.");
    }
  }

  private void checkReturned() {
    Class<?> returned = method.getReturnType();
    if (returned == CompletionStage.class || returned == CompletableFuture.class) {
      return;
    }
    if (KotlinDetector.isSuspendingFunction(method)) {
      throw refused(
          "is a suspending function, which returns before its work is done",
          "Let it block, or return a CompletableFuture.");
    }
    if (Future.class.isAssignableFrom(returned)
        || Callable.class.isAssignableFrom(returned)
        || BaseStream.class.isAssignableFrom(returned)
        || isPublisher(returned)) {
      throw refused(
          "returns a " + returned.getSimpleName() + " before its work is done",
          "Return the result when it is there, or a CompletableFuture (of a Mono, toFuture()).");
    }
  }

  private static boolean isPublisher(Class<?> returned) {
    return Flow.Publisher.class.isAssignableFrom(returned)
        || ClassUtils.getAllInterfacesForClassAsSet(returned).stream()
            .anyMatch(each -> each.getName().equals(PUBLISHER))
        || returned.getName().equals(PUBLISHER)
        || ReactiveAdapterRegistry.getSharedInstance().getAdapter(returned) != null;
  }

  private boolean isUnknown() {
    @Nullable Class<?> result = ResolvableType.forType(resultType()).resolve();
    return result == null || result == Object.class;
  }

  private StartRefusedException refused(String why, String mend) {
    return new StartRefusedException(shown(method, owner) + " " + why + ".", mend, null);
  }
}
