package tech.onceonly.spring.boot;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.TypeReference;
import org.springframework.util.ClassUtils;

/**
 * What is reached by reflection alone, for native images. By name, since most of it is only there
 * beside what the application has.
 */
final class OnceOnlyRuntimeHints implements RuntimeHintsRegistrar {

  /** Consumers are wrapped by proxies of their interface. */
  private static final List<String> PROXIES =
      List.of(
          "org.apache.kafka.clients.consumer.Consumer",
          "org.apache.kafka.clients.consumer.ShareConsumer");

  /** Kafka makes them of their names, in a consumer's interceptor.classes. */
  private static final List<String> MADE_OF_NAMES =
      List.of(
          "tech.onceonly.kafka.OnceOnlyConsumerInterceptor",
          "tech.onceonly.kafka.OnceOnlyMonitoredInterceptor");

  /** Fields of Spring Kafka's and Spring JMS's that have no getter. */
  private static final Map<String, String> FIELDS =
      Map.of(
          "org.springframework.kafka.config.AbstractKafkaListenerContainerFactory",
          "containerCustomizer",
          "org.springframework.kafka.config.ShareKafkaListenerContainerFactory",
          "shareConsumerFactory",
          "org.springframework.kafka.listener.AbstractMessageListenerContainer",
          "consumerFactory",
          "org.springframework.kafka.listener.AbstractShareKafkaMessageListenerContainer",
          "shareConsumerFactory",
          "org.springframework.jms.listener.AbstractPollingMessageListenerContainer",
          "transactionManager");

  private static final String RECORDS = "org.apache.kafka.clients.consumer.ConsumerRecords";

  @Override
  public void registerHints(RuntimeHints hints, @Nullable ClassLoader loader) {
    for (String name : PROXIES) {
      if (ClassUtils.isPresent(name, loader)) {
        hints.proxies().registerJdkProxy(TypeReference.of(name));
      }
    }
    MADE_OF_NAMES.forEach(
        name ->
            hints
                .reflection()
                .registerTypeIfPresent(loader, name, MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS));
    FIELDS.forEach(
        (type, field) ->
            hints.reflection().registerTypeIfPresent(loader, type, hint -> hint.withField(field)));
    // Asked for by reflection, to keep the offsets of what is skipped: older clients have it not.
    List<TypeReference> twoMaps = List.of(TypeReference.of(Map.class), TypeReference.of(Map.class));
    hints
        .reflection()
        .registerTypeIfPresent(
            loader, RECORDS, hint -> hint.withConstructor(twoMaps, ExecutableMode.INVOKE));
    // Read by expressions.
    hints
        .reflection()
        .registerType(IdempotentCall.Root.class, MemberCategory.INVOKE_PUBLIC_METHODS);
  }
}
