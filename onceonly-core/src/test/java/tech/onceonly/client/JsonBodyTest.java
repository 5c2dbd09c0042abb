package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class JsonBodyTest {

  @Property
  void jacksonReadsWhatWasWritten(
      @ForAll("text") String text, @ForAll("text") String other, @ForAll long number)
      throws Exception {
    byte[] nested = Json.MAPPER.writeValueAsBytes(other);
    byte[] written =
        new JsonBody(1)
            .text("key", text)
            .number("ttl", number)
            .text("absent", null)
            .json("metadata", nested)
            .json("none", null)
            .text("reason", other)
            .end()
            .toBuffer()
            .getBytes();
    JsonNode read = Json.MAPPER.readTree(written);
    assertThat(read.size()).isEqualTo(4);
    assertThat(read.get("key").textValue()).isEqualTo(text);
    assertThat(read.get("ttl").longValue()).isEqualTo(number);
    assertThat(read.get("metadata").textValue()).isEqualTo(other);
    assertThat(read.get("reason").textValue()).isEqualTo(other);
  }

  @Example
  void anObjectMayBeEmpty() {
    assertThat(new JsonBody(0).end().toBuffer().toString()).isEqualTo("{}");
    assertThat(new JsonBody(0).text("key", null).end().toBuffer().toString()).isEqualTo("{}");
  }

  @Example
  void halfOfACharacterIsRefused() {
    JsonBody body = new JsonBody(64);
    assertThatThrownBy(() -> body.text("key", "payment-\uD800"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Provide
  Arbitrary<String> text() {
    return Arbitraries.oneOf(
            Arbitraries.strings().ascii().ofMaxLength(40),
            Arbitraries.strings()
                .withChars("\"\\\u0000\u001f\u007f\n/aé€😀".toCharArray())
                .ofMaxLength(9),
            Arbitraries.strings().ofMaxLength(20))
        .filter(text -> StandardCharsets.UTF_8.newEncoder().canEncode(text));
  }
}
