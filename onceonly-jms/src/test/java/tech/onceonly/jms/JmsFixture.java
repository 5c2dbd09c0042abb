package tech.onceonly.jms;

import jakarta.jms.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import tech.onceonly.GuardCounters;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** Options against a server in this JVM, and a listener that counts. */
final class JmsFixture {

  final GuardCounters counters = new GuardCounters();
  final List<String> ran = new ArrayList<>();
  private final Supplier<ClientOptions> client;

  JmsFixture(OnceOnlyServerExtension server) {
    this(
        () ->
            ClientOptions.builder()
                .baseUrl(server.baseUrl().toString())
                .apiKey(server.apiKey())
                .build());
  }

  JmsFixture(Supplier<ClientOptions> client) {
    this.client = client;
  }

  JmsOptions.Builder options(Acknowledgement acknowledgement, Mode mode) {
    return JmsOptions.builder()
        .scope("shop")
        .queue("payments")
        .acknowledgement(acknowledgement)
        .mode(mode)
        .claimBudget(Duration.ofSeconds(5))
        .maxHold(Duration.ofMillis(100))
        .maxWait(Duration.ZERO)
        .events(counters)
        .client(client.get());
  }

  void run(Message message) {
    ran.add(message.toString());
  }
}
