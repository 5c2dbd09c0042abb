package tech.onceonly.spring.boot;

import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;
import tech.onceonly.metrics.CallMetrics;

/** Counts the calls of methods with {@code @Idempotent}, where there is a meter registry. */
@AutoConfiguration(before = OnceOnlyIdempotentAutoConfiguration.class)
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnProperty(
    prefix = "onceonly",
    name = {"enabled", "idempotent.enabled"},
    matchIfMissing = true)
public class OnceOnlyCallMetricsAutoConfiguration {

  /** The registry is looked for at a method's first call: its bean may come later. */
  @Bean
  CallEvents onceOnlyCallMeters(ObjectProvider<MeterRegistry> registry) {
    return name -> {
      SingletonSupplier<CallMetrics> meters =
          SingletonSupplier.ofNullable(
              () -> {
                MeterRegistry found = registry.getIfUnique();
                return found == null ? null : CallMetrics.bindTo(found, name);
              });
      return decision -> {
        CallMetrics known = meters.get();
        if (known != null) {
          known.accept(decision);
        }
      };
    };
  }
}
