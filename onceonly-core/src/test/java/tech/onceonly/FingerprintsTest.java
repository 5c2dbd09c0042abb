package tech.onceonly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FingerprintsTest {

  /** Half of the SHA-256 that FIPS 180-4 gives for "abc". */
  private static final String ABC = "ba7816bf8f01cfea414140de5dae2223";

  @Test
  void itIsHalfOfASha256OfTheBytesWhateverHoldsThem() {
    assertThat(Fingerprints.ofValue("abc")).isEqualTo(ABC);
    assertThat(Fingerprints.ofValue("abc".getBytes(UTF_8))).isEqualTo(ABC);
    assertThat(Fingerprints.ofValue(new StringBuilder("abc"))).isEqualTo(ABC);
    assertThat(Fingerprints.ofValue(12)).isEqualTo(Fingerprints.ofValue("12"));
  }

  @Test
  void aBufferIsReadFromItsPositionAndStaysThere() {
    ByteBuffer buffer = ByteBuffer.wrap("xabcx".getBytes(UTF_8), 1, 3);
    assertThat(Fingerprints.ofValue(buffer)).isEqualTo(ABC);
    assertThat(buffer.position()).isEqualTo(1);
    assertThat(buffer.remaining()).isEqualTo(3);
  }

  @Test
  void ofAMapTheOrderDoesNotCountAndEverythingElseDoes() {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("a", 1);
    one.put("b", new byte[] {2});
    Map<String, Object> other = new LinkedHashMap<>();
    other.put("b", new byte[] {2});
    other.put("a", 1);
    assertThat(Fingerprints.ofValue(one)).isNotNull().isEqualTo(Fingerprints.ofValue(other));

    Map<String, Object> absent = new HashMap<>();
    absent.put("a", null);
    List<Map<String, Object>> all =
        new ArrayList<>(
            Arrays.asList(
                Map.of(), one, absent, Map.of("a", "1"), Map.of("a1", "b"), Map.of("a", "1b")));
    assertThat(all.stream().map(Fingerprints::ofValue))
        .doesNotContainNull()
        .doesNotHaveDuplicates();
  }

  @Test
  void whatHasNoBytesOfItsOwnHasNone() {
    assertThat(Fingerprints.ofValue(null)).isNull();
    assertThat(Fingerprints.ofValue(new Object())).isNull();
    assertThat(Fingerprints.ofValue(List.of("a"))).isNull();
    assertThat(Fingerprints.ofValue(Map.of("a", new Object()))).isNull();
    assertThat(Fingerprints.ofValue(Map.of("a", Map.of()))).isNull();
    assertThat(Fingerprints.ofValue(Map.of(1, "a"))).isNull();
  }

  @Test
  void theSettingIsReadOrRefusedWithWhatThereIs() {
    assertThat(Fingerprints.parse("none")).isNull();
    assertThat(Fingerprints.parse("payload")).isNotNull();
    assertThat(Fingerprints.parse(Own.class.getName()).of(TestDelivery.at("0/1")))
        .isEqualTo("own 0/1");
    assertThatThrownBy(() -> Fingerprints.parse("body"))
        .hasMessageContaining("unknown fingerprint 'body'; one of: none, payload");
    assertThatThrownBy(() -> Fingerprints.parse("no.such.Class"))
        .hasMessageContaining("fingerprint class not found: no.such.Class");
    assertThatThrownBy(() -> Fingerprints.parse("java.lang.String"))
        .hasMessageContaining("java.lang.String must implement tech.onceonly.Fingerprint");
  }

  /** Made by its name. */
  public static final class Own implements Fingerprint {
    @Override
    public String of(Delivery delivery) {
      return "own " + delivery.position();
    }
  }
}
