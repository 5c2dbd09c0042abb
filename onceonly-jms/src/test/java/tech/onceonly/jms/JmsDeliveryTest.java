package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.JMSException;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.Topic;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.Fingerprints;
import tech.onceonly.KeyScheme;
import tech.onceonly.KeySources;
import tech.onceonly.client.JsonValues;

class JmsDeliveryTest {

  private final TestMessage message = new TestMessage();

  /** As RabbitMQ's, whose only class of destinations is all of them. */
  private interface AnyDestination extends TemporaryQueue, TemporaryTopic {}

  @Test
  void aDestinationOfEveryKindIsNoTemporaryOne() {
    message.from = TestMessage.destination(AnyDestination.class);
    assertThat(new JmsDelivery(message.message(), "orders").isTemporary()).isFalse();
    message.from = TestMessage.temporaryQueue();
    assertThat(new JmsDelivery(message.message(), "orders").isTemporary()).isTrue();
  }

  @Test
  void aDestinationOfEveryKindIsNoTopic() {
    message.from = TestMessage.destination(AnyDestination.class);
    assertThat(new JmsDelivery(message.message(), "orders").isOfTopic()).isFalse();
    message.from = TestMessage.destination(Topic.class);
    assertThat(new JmsDelivery(message.message(), "orders").isOfTopic()).isTrue();
    message.from = null;
    assertThat(new JmsDelivery(message.message(), "orders").isOfTopic()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders.#", "orders.*", "orders.>", "orders.created,orders.paid"})
  void theSameIdInTwoDestinationsOfAPatternIsTwoEffects(String pattern) {
    message.from = topic("orders.created");
    assertThat(new JmsDelivery(message.message(), pattern).destination())
        .isEqualTo(pattern + "=orders.created");
    message.from = topic("orders.paid");
    assertThat(new JmsDelivery(message.message(), pattern).destination())
        .isEqualTo(pattern + "=orders.paid");
    message.from = null;
    assertThat(new JmsDelivery(message.message(), pattern).destination()).isEqualTo(pattern);
  }

  @Test
  void aPlainNameIsTheKeysWhateverTheMessageSays() {
    message.from = topic("orders.created");
    assertThat(new JmsDelivery(message.message(), "orders").destination()).isEqualTo("orders");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Idempotency_Key",
        "Idempotency-Key",
        "Idempotency_HYPHEN_Key",
        "Idempotency_$dash$_Key",
        "Idempotency__dash__Key"
      })
  void theKeyIsFoundUnderEverySpellingOfItsName(String name) {
    message.properties.put(name, "p-1");

    assertThat(key("property:Idempotency_Key")).endsWith(":header.Idempotency_Key:p-1");
    assertThat(key("property:Idempotency-Key")).endsWith(":header.Idempotency-Key:p-1");
  }

  @Test
  void theLegalNameCountsBeforeTheOthers() {
    message.properties.put("Idempotency-Key", "hyphen");
    message.properties.put("Idempotency_Key", "legal");

    assertThat(key("property:Idempotency_Key")).endsWith(":legal");
  }

  @Test
  void aNameAtWhichTheProviderThrowsTakesNoOtherWithIt() {
    message.illegal.addAll(List.of("Idempotency-Key", "Idempotency_$dash$_Key"));
    message.properties.put("Idempotency__dash__Key", "p-1");

    assertThat(key("property:Idempotency_Key")).endsWith(":p-1");
  }

  @Test
  void otherNamesWithAnUnderscoreAreTakenAsTheyStand() {
    message.properties.put("order-id", "other");

    assertThat(key("property:order_id")).isNull();
    message.properties.put("order_id", "o-1");
    assertThat(key("property:order_id")).endsWith(":o-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\u2003"})
  void aBlankPropertyIsNone(String blank) {
    message.properties.put("Idempotency_Key", blank);
    message.properties.put("ce_source", "/shop");
    message.properties.put("ce_id", blank);
    message.id = "ID:1";
    assertThat(key("cloudevents,message-id")).endsWith(":position:ID%3A1");

    assertThat(key(JmsOptions.DEFAULT_KEYS)).endsWith(":position:ID%3A1");
  }

  @Test
  void aMessageWithoutIdAndPropertyHasNoKey() {
    assertThat(key(JmsOptions.DEFAULT_KEYS)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ce_", "cloudEvents_", "cloudEvents:"})
  void cloudEventsAreKnownByThePrefixesOfTheirBindings(String prefix) {
    message.properties.put(prefix + "source", "/shop");
    message.properties.put(prefix + "id", "7");

    assertThat(key("cloudevents")).endsWith(":cloudevents:5//shop/7");
  }

  @Test
  void bodiesAreReadAndNotChanged() {
    message.body = "{\"id\": \"text\"}";
    assertThat(key("value:/id")).endsWith(":text");
    message.body = "{\"id\": \"bytes\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(key("value:/id")).endsWith(":bytes");
    message.body = Map.of("id", "map");
    assertThat(key("value:/id")).endsWith(":map");
  }

  @Test
  void bodiesThatCanBeReadWithoutChangingThemHaveAFingerprint() {
    message.body = "abc";
    assertThat(fingerprint()).isEqualTo(Fingerprints.ofValue("abc"));
    message.body = "abc".getBytes(StandardCharsets.UTF_8);
    assertThat(fingerprint()).isEqualTo(Fingerprints.ofValue("abc"));
    message.body = Map.of("id", "map", "amount", 7);
    assertThat(fingerprint()).isEqualTo(Fingerprints.ofValue(message.body)).isNotNull();
    message.body = null;
    assertThat(fingerprint()).isNull();
  }

  @Test
  void textsThatHaveNoUtf8FormDiffer() {
    message.properties.put("Idempotency_Key", "\uD800");
    String one = key("property:Idempotency_Key");
    message.properties.put("Idempotency_Key", "\uD801");

    assertThat(key("property:Idempotency_Key")).isNotEqualTo(one);
    message.properties.put("Idempotency_Key", "?");
    assertThat(key("property:Idempotency_Key")).isNotEqualTo(one);
  }

  @Test
  void aClassOfTheUsersIsAKeySource() {
    message.id = "ID:9";

    assertThat(key(LastDigit.class.getName())).endsWith(":9");
  }

  /** Public, with a public constructor, as the setting asks. */
  public static final class LastDigit implements tech.onceonly.KeySource {
    @Override
    public String keyOf(tech.onceonly.Delivery delivery) {
      String id = delivery.position();
      return id == null ? null : id.substring(id.length() - 1);
    }
  }

  @Test
  void acknowledgementsAreKnownByTheirNumbers() throws JMSException {
    assertThat(List.of(0, 1, 2, 3, 4, 101))
        .extracting(Acknowledgement::of)
        .containsExactly(
            Acknowledgement.TRANSACTED,
            Acknowledgement.AUTO,
            Acknowledgement.CLIENT,
            Acknowledgement.DUPS_OK,
            Acknowledgement.INDIVIDUAL,
            Acknowledgement.INDIVIDUAL);
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> Acknowledgement.of(100))
        .withMessageContaining("session mode 100");
  }

  private static Topic topic(String name) {
    return (Topic)
        java.lang.reflect.Proxy.newProxyInstance(
            JmsDeliveryTest.class.getClassLoader(),
            new Class<?>[] {Topic.class},
            (proxy, method, arguments) -> method.getName().equals("getTopicName") ? name : null);
  }

  private String fingerprint() {
    return Fingerprints.payload().of(new JmsDelivery(message.message(), "payments"));
  }

  private String key(String setting) {
    KeyScheme scheme =
        new KeyScheme(
            "shop", "1", KeySources.parse(setting, KeySources.Vocabulary.JMS, JsonValues::at));
    var key = scheme.keyOf(new JmsDelivery(message.message(), "payments"));
    return key == null ? null : key.value();
  }
}
