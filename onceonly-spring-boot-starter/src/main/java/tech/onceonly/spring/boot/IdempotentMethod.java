package tech.onceonly.spring.boot;

import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.client.Idempotent;

/** One annotated method, ready to be called. Immutable and thread-safe. */
final class IdempotentMethod {

  /** What a method is called in its keys. */
  record Name(String namespace, String name) {}

  private final Name name;
  private final IdempotentCall call;
  private final boolean async;
  private final Idempotent<Object> engine;

  IdempotentMethod(Name name, IdempotentCall call, boolean async, Idempotent<Object> engine) {
    this.name = name;
    this.call = call;
    this.async = async;
    this.engine = engine;
  }

  Name name() {
    return name;
  }

  /** Runs it, or gives what a duplicate gets. */
  @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    String text = call.textOf(invocation);
    if (text == null) {
      return invocation.proceed();
    }
    String key = IdempotencyKey.ofParts(name.namespace(), name.name(), text).value();
    return async
        ? engine.callAsync(key, () -> stageOf(invocation)).toCompletableFuture()
        : engine.call(key, () -> resultOf(invocation));
  }

  @SuppressWarnings("NullAway") // the method's own nulls are its caller's to know
  private static Object resultOf(MethodInvocation invocation) throws Exception {
    try {
      return invocation.proceed();
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new UndeclaredThrowableException(e);
    }
  }

  @SuppressWarnings("NullAway") // a null stage is refused by the engine
  private static CompletionStage<?> stageOf(MethodInvocation invocation) {
    try {
      return (CompletionStage<?>) invocation.proceed();
    } catch (Throwable e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** How long a crashed owner's lease lasts at most, and a little more for its answer. */
  static Duration outlasting(Duration leaseTtl) {
    return leaseTtl.plusSeconds(5);
  }
}
