package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
  private final JsonWriter json = new JsonWriter();

  @Test
  void everyTextIsReadBackAsItWas() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        text.appendCodePoint(
            switch (random.nextInt(4)) {
              case 0 -> random.nextInt(0x80);
              case 1 -> random.nextInt(0x800);
              case 2 -> random.nextInt(0xD800);
              default -> 0x10000 + random.nextInt(0x100000);
            });
      }
      byte[] written = json.start().field("t", text.toString()).end().toBytes();
      assertThat(Api.JSON.readTree(written).get("t").asText()).isEqualTo(text.toString());
    }
  }

  @Test
  void halfASurrogatePairIsEscaped() {
    assertThat(json.start().field("t", "a\ud83d").field("u", "\ude00b").end().toBuffer().toString())
        .isEqualTo("{\"t\":\"a\\ud83d\",\"u\":\"\\ude00b\"}");
  }

  @Test
  void aLargeAnswerDoesNotSpoilTheNext() {
    String large = "x".repeat(100_000);
    assertThat(json.start().field("t", large).end().toBytes().length).isEqualTo(100_008);
    assertThat(
            json.start().field("n", 1).field("b", true).moment("m", 0).end().toBuffer().toString())
        .isEqualTo("{\"n\":1,\"b\":true,\"m\":null}");
  }
}
