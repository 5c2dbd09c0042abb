package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/** Kafka's own tool, with the self-contained jar beside it and properties alone. */
@ExtendWith(WithBroker.class)
class ConsoleConsumerIT {

  private static final String CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer";

  @TempDir Path directory;

  @Test
  void printsEachKeyOnce(KafkaBroker broker, Topics topics) throws IOException {
    Scenario scenario = new Scenario("console", broker, topics, 2);
    scenario.send(50, 3);
    try (OnceOnlyServer server =
            OnceOnlyServer.start(
                ServerOptions.builder().port(0).apiKey(LoopSettings.API_KEY).build());
        JavaProcess console =
            JavaProcess.of(CONSOLE_CONSUMER)
                .classPath(SelfContained.besideKafka())
                .arguments(
                    "--bootstrap-server",
                    broker.bootstrapServers(),
                    "--topic",
                    scenario.topic,
                    "--from-beginning",
                    "--timeout-ms",
                    "8000",
                    "--command-config",
                    properties(scenario, server).toString())
                .start()) {
      assertThat(console.awaitExit(Duration.ofSeconds(60)))
          .as(() -> String.join("\n", console.errorLines()))
          .isZero();
      assertThat(console.lines()).containsExactlyInAnyOrderElementsOf(scenario.sent);
      assertThat(console.errorLines()).noneMatch(line -> line.contains(LoopSettings.API_KEY));
    }
  }

  private Path properties(Scenario scenario, OnceOnlyServer server) throws IOException {
    return Files.writeString(
        directory.resolve("consumer.properties"),
        String.join(
            "\n",
            "group.id=" + scenario.topic,
            "interceptor.classes=tech.onceonly.kafka.OnceOnlyConsumerInterceptor",
            "onceonly.api.key=" + LoopSettings.API_KEY,
            "onceonly.base.url=" + server.baseUrl(),
            "onceonly.poll.budget.ms=5000"));
  }
}
