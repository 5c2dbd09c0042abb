package tech.onceonly.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotModifiedException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** A broker in a container. */
final class ContainerBroker implements KafkaBroker {

  private static final int ATTEMPTS = 3;
  private static final int KAFKA_PORT = 9092;
  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(20);

  private final KafkaContainer container;

  private ContainerBroker(KafkaContainer container) {
    this.container = container;
  }

  /** Tries again on another port where the engine cannot have the chosen one. */
  static ContainerBroker start(BrokerOptions options, String image) {
    for (int attempt = 1; ; attempt++) {
      KafkaContainer container = describe(options, image);
      try {
        container.start();
        return new ContainerBroker(container);
      } catch (ContainerLaunchException e) {
        container.stop();
        if (attempt == ATTEMPTS || !tellsOfTakenPort(e)) {
          throw e;
        }
      } catch (RuntimeException e) {
        container.stop();
        throw e;
      }
    }
  }

  @Override
  public String bootstrapServers() {
    return container.getBootstrapServers();
  }

  @Override
  public void kill() {
    if (isRunning()) {
      docker().killContainerCmd(container.getContainerId()).withSignal("KILL").exec();
      Await.until("the container has ended", KILL_TIMEOUT, () -> !isRunning());
    }
  }

  @Override
  public void restart() {
    kill();
    try {
      docker().startContainerCmd(container.getContainerId()).exec();
    } catch (NotModifiedException e) {
      // It runs already, which is what was asked for.
    }
    try (Topics topics = new Topics(bootstrapServers())) {
      topics.awaitBroker();
    }
  }

  @Override
  public boolean isRunning() {
    return container.isRunning();
  }

  @Override
  public String describe() {
    return container.getDockerImageName() + " in a container at " + bootstrapServers();
  }

  @Override
  public void close() {
    container.stop();
  }

  private DockerClient docker() {
    return container.getDockerClient();
  }

  private static KafkaContainer describe(BrokerOptions options, String image) {
    KafkaContainer container =
        new KafkaContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("apache/kafka"));
    // A port of the engine's choice would change with every start of the container.
    container.setPortBindings(List.of(LoopbackPorts.free(1).get(0) + ":" + KAFKA_PORT));
    options
        .brokerProperties()
        .forEach((name, value) -> container.withEnv(environmentName(name), value));
    return container.withEnv("KAFKA_HEAP_OPTS", "-Xmx" + options.heapMegabytes() + "m");
  }

  private static String environmentName(String property) {
    return "KAFKA_" + property.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  private static boolean tellsOfTakenPort(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("port is already allocated")
          || message.contains("address already in use")) {
        return true;
      }
    }
    return false;
  }
}
