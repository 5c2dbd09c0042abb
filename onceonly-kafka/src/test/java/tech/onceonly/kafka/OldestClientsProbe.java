package tech.onceonly.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.MockShareConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.utils.AppInfoParser;

/** Runs inside the oldest clients' class loader: uses what those have, and tells in plain text. */
public final class OldestClientsProbe implements Callable<String> {

  private static final TopicPartition AT = InterceptorFixture.P0;

  @Override
  public String call() {
    return AppInfoParser.getVersion() + " " + consumer() + ", " + filtered();
  }

  /** What is said to who wraps a share consumer. */
  public static String shareGroup() {
    KafkaOptions options =
        KafkaOptions.builder().shareGroup("billing").claimService(new FakeClaimService()).build();
    try (OnceOnlyShareGroup group = OnceOnlyKafka.shareGroup(options)) {
      return group.wrap(new MockShareConsumer<>()).toString();
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  private static String consumer() {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", "127.0.0.1:1");
    settings.put("group.id", "billing");
    settings.put("key.deserializer", StringDeserializer.class);
    settings.put("value.deserializer", StringDeserializer.class);
    settings.put("interceptor.classes", OnceOnlyConsumerInterceptor.class.getName());
    settings.put("onceonly.api.key", "once_live_secret");
    settings.put("onceonly.check.on.start", "false");
    try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
      return consumer.assignment().isEmpty() ? "made" : "assigned";
    }
  }

  @SuppressWarnings("deprecation") // the only constructor there is before 4.0
  private static String filtered() {
    InterceptorFixture fixture = new InterceptorFixture().start();
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    records.add(InterceptorFixture.record(AT, 0, "a"));
    records.add(InterceptorFixture.record(AT, 1, "a"));
    records.add(InterceptorFixture.record(AT, 2, "b"));
    List<String> values =
        InterceptorFixture.values(
            fixture.interceptor.onConsume(new ConsumerRecords<>(Map.of(AT, records))));
    fixture.interceptor.close();
    return values.toString();
  }
}
