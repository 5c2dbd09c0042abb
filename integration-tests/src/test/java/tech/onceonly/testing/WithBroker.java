package tech.onceonly.testing;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test class the one broker of this run: a {@link KafkaBroker} or its {@link Topics} as a
 * parameter. It is started by the first class that needs it and closed after the last; a test that
 * left it killed finds it restarted.
 */
public final class WithBroker implements BeforeEachCallback, ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(WithBroker.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    KafkaBroker broker = shared(context).broker();
    if (!broker.isRunning()) {
      broker.restart();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == KafkaBroker.class || type == Topics.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Shared shared = shared(context);
    return parameter.getParameter().getType() == KafkaBroker.class
        ? shared.broker()
        : shared.topics();
  }

  private static Shared shared(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(Shared.class, type -> Shared.start(), Shared.class);
  }

  /** JUnit closes it at the end of the run, with the root store. */
  private record Shared(KafkaBroker broker, Topics topics) implements AutoCloseable {

    static Shared start() {
      KafkaBroker broker = KafkaBroker.start();
      return new Shared(broker, new Topics(broker.bootstrapServers()));
    }

    @Override
    public void close() {
      topics.close();
      broker.close();
    }
  }
}
