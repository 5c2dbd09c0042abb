package tech.onceonly.spring;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.annotation.ReflectiveProcessor;

/** What a native image needs to write a method's arguments and result as JSON, and to read it. */
final class IdempotentHints implements ReflectiveProcessor {

  private final BindingReflectionHintsRegistrar bindings = new BindingReflectionHintsRegistrar();

  @Override
  public void registerReflectionHints(ReflectionHints hints, AnnotatedElement element) {
    if (element instanceof Method method) {
      bindings.registerReflectionHints(hints, method.getGenericReturnType());
      Arrays.stream(method.getGenericParameterTypes())
          .forEach(type -> bindings.registerReflectionHints(hints, type));
    }
  }
}
