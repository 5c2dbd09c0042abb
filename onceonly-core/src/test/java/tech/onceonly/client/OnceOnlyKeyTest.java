package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The keys of calls: fixed, for another language to make the same. */
class OnceOnlyKeyTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  record Payment(String id, double amount) {}

  @Test
  void theDocumentedExampleHasThisKey() {
    String key = "d04e384e23095dfbc181b9f5f727fcbc7469b258cb6a08807c17a7a19ab49039";
    assertThat(OnceOnly.key("charge", Map.of("id", "o-1", "amount", 12.50))).isEqualTo(key);
    assertThat(OnceOnly.key("charge", new Payment("o-1", 12.5))).isEqualTo(key);
  }

  @Test
  void thereIsOneFormOnly() {
    assertThat(canonical(Map.of("b", 1, "a", List.of(true, "x"), "Z", 2)))
        .isEqualTo("{\"Z\":2,\"a\":[true,\"x\"],\"b\":1}");
    assertThat(canonical(Arrays.asList(null, "a\"\\\b\t\n\f\r\u0001\u001f/é😀")))
        .isEqualTo("[null,\"a\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u001f/é😀\"]");
    assertThat(canonical(new byte[] {1, 2, 3})).isEqualTo("\"AQID\"");
    assertThat(canonical(UUID.fromString("00000000-0000-0001-0000-000000000002")))
        .isEqualTo("\"00000000-0000-0001-0000-000000000002\"");
  }

  @Test
  void numbersArePlainDecimals() {
    assertThat(canonical(100)).isEqualTo("100");
    assertThat(canonical(100.0)).isEqualTo("100");
    assertThat(canonical(-0.0)).isEqualTo("0");
    assertThat(canonical(1e21)).isEqualTo("1000000000000000000000");
    assertThat(canonical(2e-7)).isEqualTo("0.0000002");
    assertThat(canonical(0.1)).isEqualTo("0.1");
    assertThat(canonical(0.1f)).isEqualTo("0.1");
    assertThat(canonical(Double.parseDouble("2e23"))).isEqualTo("200000000000000000000000");
    assertThat(canonical(0.1 + 0.2)).isEqualTo("0.30000000000000004");
    assertThat(canonical(new BigDecimal("12.500"))).isEqualTo("12.5");
    assertThat(canonical(new BigInteger("123456789012345678901234567890")))
        .isEqualTo("123456789012345678901234567890");
    assertThat(canonical(Long.MIN_VALUE)).isEqualTo("-9223372036854775808");
  }

  @Test
  void whatHasNoJsonFormIsRefused() {
    assertThatThrownBy(() -> OnceOnly.key("f", Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> OnceOnly.key("f", "\ud800")).hasMessageContaining("surrogate");
    assertThatThrownBy(() -> OnceOnly.key("f", new BigDecimal("1e999999")))
        .hasMessageContaining("digits");
    assertThatThrownBy(() -> OnceOnly.key("f", new Object()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nameAndArgumentsAllCount() {
    assertThat(
            List.of(
                OnceOnly.key("f"),
                OnceOnly.key("g"),
                OnceOnly.key("f", (Object) null),
                OnceOnly.key("f", "a"),
                OnceOnly.key("f", "a", "b"),
                OnceOnly.key("f", List.of("a", "b")),
                OnceOnly.key("f", "1"),
                OnceOnly.key("f", 1)))
        .doesNotHaveDuplicates()
        .allMatch(key -> key.matches("[0-9a-f]{64}"));
  }

  @Property
  void theFormReadsBackAsWhatItWasMadeOf(@ForAll double number, @ForAll String text)
      throws Exception {
    boolean writable = Double.isFinite(number) && text.equals(validUtf16(text));
    if (writable) {
      Map<String, Object> value = new TreeMap<>(Map.of("n", number, "t" + text, text));
      JsonNode back = JSON.readTree(canonical(value));
      assertThat(back.get("n").doubleValue()).isEqualTo(number == 0 ? 0.0 : number);
      assertThat(back.get("t" + text).textValue()).isEqualTo(text);
    }
  }

  private static String validUtf16(String text) {
    return new String(
        text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        java.nio.charset.StandardCharsets.UTF_8);
  }

  private static String canonical(Object value) {
    StringBuilder out = new StringBuilder();
    CanonicalJson.write(Json.MAPPER.valueToTree(value), out);
    return out.toString();
  }
}
