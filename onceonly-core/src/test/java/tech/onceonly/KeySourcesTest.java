package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.KeySources.Vocabulary.JMS;
import static tech.onceonly.KeySources.Vocabulary.KAFKA;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeySourcesTest {

  private static final KeySources.ValueReader NO_JSON = (value, pointer) -> null;

  /** A source of the user's. */
  public static final class Own implements KeySource {
    @Override
    public String keyOf(Delivery delivery) {
      return "own";
    }
  }

  /** A source with a fault. */
  private record Broken(Throwable fault) implements KeySource {
    @Override
    public String keyOf(Delivery delivery) {
      throw UncheckedThrow.of(fault);
    }
  }

  @Test
  void theSettingIsTriedInOrder() {
    List<KeySource> sources =
        KeySources.parse(
            " header:Idempotency-Key , cloudevents,record-key, value:/order/id ,"
                + Own.class.getName()
                + ",offset",
            KAFKA,
            NO_JSON);
    assertThat(sources)
        .extracting(KeySource::name)
        .containsExactly(
            "header.Idempotency-Key",
            "cloudevents",
            "record-key",
            "value./order/id",
            Own.class.getName(),
            "position");
    KeyScheme scheme = new KeyScheme("g", "1", sources);
    assertThat(scheme.keyOf(TestDelivery.keyed("0/1", "k")).value())
        .isEqualTo("g:1:orders:header.Idempotency-Key:k");
    assertThat(scheme.keyOf(TestDelivery.at("0/1")).value()).endsWith("Own:own");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "header",
        "header:",
        "value:no-slash",
        "offset,",
        "message-id",
        "property:X",
        "ofset",
        "com.example.Missing",
        "java.lang.String"
      })
  void whatIsNotKnownIsSaidByName(String setting) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeySources.parse(setting, KAFKA, NO_JSON))
        .withMessageMatching("(?s).*(one of|not found|must implement).*");
  }

  @Test
  void jmsHasItsOwnWords() {
    assertThat(KeySources.parse("property:Idempotency_Key,message-id", JMS, NO_JSON)).hasSize(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KeySources.parse("record-key", JMS, NO_JSON));
  }

  static List<Throwable> faults() {
    return List.of(
        new IllegalStateException("broken"),
        new NoClassDefFoundError("missing"),
        new StackOverflowError(),
        new AssertionError("broken"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aSourceThatThrowsCountsAsOneThatFoundNothing(Throwable fault) {
    KeyScheme scheme = new KeyScheme("g", "1", List.of(new Broken(fault), KeySources.position()));
    assertThat(keyOf(scheme, TestDelivery.at("0/1"))).isEqualTo("g:1:orders:position:0/1");
  }

  /** It is the process's, and not the source's. */
  @Test
  void aVirtualMachineErrorPasses() {
    KeyScheme scheme =
        new KeyScheme("g", "1", List.of(new Broken(new OutOfMemoryError()), KeySources.position()));
    assertThatThrownBy(() -> scheme.keyOf(TestDelivery.at("0/1")))
        .isInstanceOf(OutOfMemoryError.class);
  }

  /** Else all records that carry it were one effect. */
  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t \n", "\u2003"})
  void blankTextIsNoKey(String blank) {
    List<KeySource> sources =
        List.of(
            KeySources.header("k"),
            KeySources.cloudEvents(),
            delivery -> blank,
            KeySources.position());
    KeyScheme scheme = new KeyScheme("g", "1", sources);
    byte[] bytes = blank.getBytes(StandardCharsets.UTF_8);
    byte[] text = "text".getBytes(StandardCharsets.UTF_8);
    TestDelivery delivery = TestDelivery.at("0/1").with("k", bytes);
    String position = "g:1:orders:position:0/1";
    assertThat(keyOf(scheme, delivery)).isEqualTo(position);
    assertThat(keyOf(scheme, delivery.with("ce_source", bytes).with("ce_id", bytes)))
        .isEqualTo(position);
    assertThat(keyOf(scheme, delivery.with("ce_source", text).with("ce_id", bytes)))
        .isEqualTo(position);
    assertThat(keyOf(scheme, delivery.with("ce_source", bytes).with("ce_id", text)))
        .isEqualTo(position);
    assertThat(keyOf(scheme, delivery.with("k", text))).endsWith(":text");
  }

  @Test
  void blankTextIsSaidAtTheFirstTheTenthAndTheHundredthOfADestination() {
    KeyScheme scheme =
        new KeyScheme("g", "1", List.of(KeySources.header("k"), KeySources.position()));
    TestDelivery blank = TestDelivery.keyed("0/1", "x").with("k", new byte[] {' '});
    String printed =
        printed(
            () -> {
              for (int i = 0; i < 100; i++) {
                scheme.keyOf(blank);
              }
              scheme.keyOf(new TestDelivery("payments", "0/1", blank.headers()));
            });
    assertThat(printed.lines().filter(line -> line.contains("header.k") && line.contains("orders")))
        .hasSize(3);
    assertThat(printed.lines().filter(line -> line.contains("payments"))).hasSize(1);
  }

  @Test
  void aLongKeyIsAReadablePrefixAndAHash() {
    String key =
        new KeyScheme("g", "1", List.of(KeySources.header("k")))
            .keyOf(
                TestDelivery.at("0/1").with("k", "é".repeat(200).getBytes(StandardCharsets.UTF_8)))
            .value();
    assertThat(key).hasSize(256).startsWith("g:1:orders:header.k:%C3%A9").contains("~");
  }

  @Test
  void logsShowNoWholeKeys() {
    IdempotencyKey key = IdempotencyKey.of("k".repeat(200));
    assertThat(key.toString()).hasSize(49);
    assertThat(key.forLogs(true)).startsWith("sha256:").hasSize(23);
  }

  @Test
  void aKeyHasBounds() {
    assertThatIllegalArgumentException().isThrownBy(() -> IdempotencyKey.of(""));
    assertThatIllegalArgumentException().isThrownBy(() -> IdempotencyKey.of("x".repeat(257)));
    assertThat(IdempotencyKey.of("😀".repeat(256)).value()).hasSize(512);
  }

  private static String keyOf(KeyScheme scheme, TestDelivery delivery) {
    return Objects.requireNonNull(scheme.keyOf(delivery)).value();
  }

  private static String printed(Runnable work) {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
