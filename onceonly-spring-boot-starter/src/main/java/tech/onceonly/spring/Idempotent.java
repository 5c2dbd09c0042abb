package tech.onceonly.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;
import tech.onceonly.Mode;

/**
 * Lets a method of a Spring bean take effect once for each key; {@code docs/idempotent.md} has its
 * limits.
 *
 * <p>Calls that come through the bean's proxy are claimed, and no others: not those that an object
 * makes to itself. A claim surrounds the method's own transaction and is settled when that has
 * committed; one that the caller has begun decides when it ends. A method that fails gives its
 * claim back, so that the next call runs; a check-lock only where the server takes it back.
 *
 * <p>A method that returns a {@link java.util.concurrent.CompletableFuture} or a {@link
 * java.util.concurrent.CompletionStage} is claimed without blocking its caller, runs on the bean
 * {@code applicationTaskExecutor}, or the common pool without one, and is settled when its stage
 * ends. Other deferred results are refused at the start.
 *
 * <p>The key on the wire is namespace, name and text, as {@link
 * tech.onceonly.IdempotencyKey#ofParts} joins them. The text is what {@link #key} evaluates to.
 * Without that it is {@link tech.onceonly.client.OnceOnly#key} of the name and the arguments, which
 * other languages can make too.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Reflective(IdempotentHints.class)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
public @interface Idempotent {

  /**
   * The key, as a SpEL expression of the arguments: {@code #order.id}, by their names (which need
   * the compiler's {@code -parameters}) or {@code #a0}, {@code #p0}; {@code target}, {@code method}
   * and {@code args} are those of the call, {@code @name} is a bean. It gives a text, a number, a
   * boolean, an enum, a character or a UUID. Null, a blank text and everything else is refused with
   * an {@link IllegalArgumentException}, and the method does not run: without its key it would run
   * unprotected. Must be set on listener methods and on methods without arguments. Default: made of
   * the name and all arguments.
   */
  String key() default "";

  /** A SpEL expression; where it is false, the method runs without a claim. Default: always. */
  String condition() default "";

  /**
   * Names the method in its keys, so that it may be renamed. Placeholders are resolved. Two methods
   * must not have one name. Default: the bean's class without its package, a point, and the
   * method's name.
   */
  String name() default "";

  /**
   * Whose effects these are. Placeholders are resolved. Default: the property {@code
   * onceonly.idempotent.namespace}, or {@code spring.application.name}; without either the start
   * fails.
   */
  String namespace() default "";

  /**
   * One mode at most. Default: the property {@code onceonly.idempotent.mode}, which is lease where
   * it is not set. Listener methods are always claimed by lease, and refuse another: a check-lock
   * that can't be given back would make the retry of a failed listener its own duplicate.
   */
  Mode[] mode() default {};

  /**
   * How long a claim is remembered (check-lock), or lasts without a heartbeat (lease): such as
   * {@code 90s} or {@code 24h}, in whole seconds. Placeholders are resolved. Default: the
   * properties {@code onceonly.idempotent.ttl} and {@code lease-ttl}.
   */
  String ttl() default "";

  /**
   * In lease mode, how long to wait for a call of the same key that is in progress elsewhere,
   * before a {@link tech.onceonly.client.CallInProgressException}. Placeholders are resolved.
   * Default: the property {@code onceonly.idempotent.wait-for-others}; on listener methods until a
   * lease that nobody renews has run out, so that a retry outlasts a crashed owner.
   */
  String waitForOthers() default "";

  /** What a call gives whose effect has happened before. */
  OnDuplicate onDuplicate() default OnDuplicate.DEFAULT;
}
