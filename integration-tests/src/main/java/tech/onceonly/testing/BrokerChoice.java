package tech.onceonly.testing;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;

/** Decides which form of broker is started. */
final class BrokerChoice {

  static final String FORM_PROPERTY = "broker";
  static final String IMAGE_PROPERTY = "broker.image";
  static final String DEFAULT_IMAGE = "apache/kafka:4.3.1";

  /** How long an engine may take to answer, pull and start, before the other form is taken. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The same where containers were asked for, and nothing else would do. */
  static final Duration PATIENCE_WHEN_FORCED = Duration.ofMinutes(5);

  private static final Logger log = LoggerFactory.getLogger(BrokerChoice.class);

  private final Form form;
  private final String image;

  BrokerChoice(Form form, String image) {
    this.form = form;
    this.image = image;
  }

  static BrokerChoice fromSystemProperties() {
    return new BrokerChoice(
        Form.parse(System.getProperty(FORM_PROPERTY, "")),
        System.getProperty(IMAGE_PROPERTY, DEFAULT_IMAGE));
  }

  KafkaBroker start(BrokerOptions options) {
    return switch (form) {
      case EMBEDDED -> ForkedBroker.start(options);
      case CONTAINERS -> containerOrFail(options);
      case AUTO -> containerOrEmbedded(options);
    };
  }

  private KafkaBroker containerOrFail(BrokerOptions options) {
    try {
      return container(options, PATIENCE_WHEN_FORCED);
    } catch (NoContainerException e) {
      throw new IllegalStateException(
          "-D"
              + FORM_PROPERTY
              + "=containers was given, but "
              + e.getMessage()
              + ". Start a Docker engine that has or can pull "
              + image
              + ", or give -D"
              + FORM_PROPERTY
              + "=embedded.",
          e);
    }
  }

  private KafkaBroker containerOrEmbedded(BrokerOptions options) {
    try {
      return container(options, PATIENCE);
    } catch (NoContainerException e) {
      log.info("Embedded Kafka broker, no container: {}", e.getMessage());
      return ForkedBroker.start(options);
    }
  }

  /** Bounded, because an engine without a network hangs on pulling. */
  private KafkaBroker container(BrokerOptions options, Duration patience)
      throws NoContainerException {
    CompletableFuture<KafkaBroker> starting = new CompletableFuture<>();
    Thread thread = new Thread(() -> startContainer(options, starting), "kafka-container-start");
    thread.setDaemon(true);
    thread.start();
    try {
      return starting.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw abandon(
          starting, "no broker from " + image + " after " + patience.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      throw new NoContainerException(String.valueOf(cause.getMessage()), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw abandon(starting, "interrupted while starting " + image, e);
    }
  }

  private void startContainer(BrokerOptions options, CompletableFuture<KafkaBroker> starting) {
    KafkaBroker broker;
    try {
      if (!DockerClientFactory.instance().isDockerAvailable()) {
        throw new IllegalStateException("no Docker engine answers");
      }
      broker = ContainerBroker.start(options, image);
    } catch (Exception | LinkageError e) {
      starting.completeExceptionally(e);
      return;
    }
    if (!starting.complete(broker)) {
      broker.close();
    }
  }

  /** Whoever comes too late finds the future completed, and closes what it started. */
  private static NoContainerException abandon(
      CompletableFuture<KafkaBroker> starting, String reason, Exception cause) {
    NoContainerException abandoned = new NoContainerException(reason, cause);
    if (!starting.completeExceptionally(abandoned) && !starting.isCompletedExceptionally()) {
      starting.join().close();
    }
    return abandoned;
  }

  enum Form {
    AUTO,
    CONTAINERS,
    EMBEDDED;

    static Form parse(String text) {
      if (text.isBlank()) {
        return AUTO;
      }
      try {
        return valueOf(text.strip().toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "-D" + FORM_PROPERTY + "=" + text + " is unknown: give auto, containers or embedded.",
            e);
      }
    }
  }

  private static final class NoContainerException extends Exception {
    NoContainerException(String reason, Throwable cause) {
      super(reason, cause);
    }
  }
}
