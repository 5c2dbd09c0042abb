package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.proxies;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.FieldHint;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.jms.listener.AbstractPollingMessageListenerContainer;
import org.springframework.kafka.config.AbstractKafkaListenerContainerFactory;
import org.springframework.util.ReflectionUtils;
import tech.onceonly.kafka.OnceOnlyConsumerInterceptor;
import tech.onceonly.spring.Idempotent;

/** What a native image of an application is told; no image is built. */
class OnceOnlyRuntimeHintsTest {

  private final RuntimeHints hints = new RuntimeHints();

  record Order(String id) {}

  record Receipt(String order) {}

  static class Payments {
    @Idempotent
    public CompletableFuture<List<Receipt>> charge(Order order) {
      return CompletableFuture.completedFuture(List.of(new Receipt(order.id())));
    }
  }

  @Test
  void whatIsReachedByReflectionIsFoundAsSpringFindsIt() {
    ClassLoader loader = getClass().getClassLoader();
    List<RuntimeHintsRegistrar> registrars =
        SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories", loader)
            .load(RuntimeHintsRegistrar.class);
    registrars.stream()
        .filter(OnceOnlyRuntimeHints.class::isInstance)
        .forEach(registrar -> registrar.registerHints(hints, loader));

    assertThat(proxies().forInterfaces(Consumer.class)).accepts(hints);
    assertThat(
            reflection()
                .onType(OnceOnlyConsumerInterceptor.class)
                .withMemberCategory(MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS))
        .accepts(hints);
    assertThat(
            reflection()
                .onType(IdempotentCall.Root.class)
                .withMemberCategory(MemberCategory.INVOKE_PUBLIC_METHODS))
        .accepts(hints);
    assertThat(reflection().onType(ConsumerRecords.class)).accepts(hints);
  }

  /** A name that is gone would be a hint for nothing. */
  @Test
  void theFieldsThatAreReadAreThere() {
    new OnceOnlyRuntimeHints().registerHints(hints, getClass().getClassLoader());
    assertThat(hints.reflection().getTypeHint(AbstractKafkaListenerContainerFactory.class))
        .isNotNull();
    assertThat(hints.reflection().getTypeHint(AbstractPollingMessageListenerContainer.class))
        .isNotNull();
    hints
        .reflection()
        .typeHints()
        .forEach(
            type ->
                type.fields()
                    .map(FieldHint::getName)
                    .forEach(field -> assertField(type.getType().getName(), field)));
  }

  @Test
  void theTypesOfAnIdempotentMethodCanBeWrittenAndReadAsJson() {
    new ReflectiveRuntimeHintsRegistrar().registerRuntimeHints(hints, Payments.class);
    for (Class<?> type : List.of(Order.class, Receipt.class)) {
      assertThat(
              reflection()
                  .onType(type)
                  .withMemberCategory(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS))
          .accepts(hints);
    }
  }

  private static void assertField(String type, String field) {
    try {
      assertThat(ReflectionUtils.findField(Class.forName(type), field))
          .as(type + "." + field)
          .isNotNull();
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
