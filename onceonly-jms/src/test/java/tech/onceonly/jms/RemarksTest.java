package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.Topic;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Skip;
import tech.onceonly.Decision.SkipReason;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.jms.JmsOptions.Builder;

/** Silent, two subscriptions that are taken for one queue would lose messages. */
class RemarksTest {

  private static final Decision SKIPPED = new Skip(SkipReason.DUPLICATE, null, false);

  @Test
  void aTopicThatIsNamedAsAQueueIsToldOfOnce() {
    String told = told(options());
    assertThat(told).containsOnlyOnce("sent to a topic").contains("payments").contains("shop");
  }

  @Test
  void aTopicAndAnAddressWithItsQueueAreNotToldOf() {
    assertThat(told(options().topic("payments", "audit"))).isEmpty();
    assertThat(told(options().queue("payments::audit"))).isEmpty();
  }

  private static Builder options() {
    return new JmsFixture(
            () -> ClientOptions.builder().apiKey("key").baseUrl("http://localhost").build())
        .options(Acknowledgement.AUTO, Mode.LEASE);
  }

  private static String told(Builder options) {
    Remarks remarks = new Remarks(options.build());
    TestMessage message = TestMessage.withKey("p-1");
    message.from = TestMessage.destination(Topic.class);
    JmsDelivery delivery = new JmsDelivery(message.message(), "payments");
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      remarks.seen(delivery, SKIPPED);
      remarks.seen(delivery, SKIPPED);
    } finally {
      System.setErr(before);
    }
    return log.toString(StandardCharsets.UTF_8);
  }
}
