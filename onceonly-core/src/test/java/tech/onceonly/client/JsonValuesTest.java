package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonValuesTest {

  private static final String ORDER =
      "{\"order\":{\"id\":\"o-1\",\"a/b\":1,\"paid\":true,\"none\":null,\"lines\":[{\"n\":7}]}}";

  record Order(Map<String, Object> order) {}

  @Test
  void everyFormOfAPayloadIsRead() throws Exception {
    byte[] bytes = ORDER.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.wrap(("xx" + ORDER).getBytes(StandardCharsets.UTF_8));
    buffer.position(2);
    Map<String, Object> map = Map.of("order", Map.of("id", "o-1"));
    for (Object value :
        List.of(
            ORDER,
            bytes,
            buffer,
            map,
            new Order(Map.of("id", "o-1")),
            new ObjectMapper().readTree(ORDER))) {
      assertThat(JsonValues.at(value, "/order/id")).isEqualTo("o-1");
    }
    assertThat(buffer.position()).isEqualTo(2);
  }

  @Test
  void scalarsAreText() {
    assertThat(JsonValues.at(ORDER, "/order/a~1b")).isEqualTo("1");
    assertThat(JsonValues.at(ORDER, "/order/paid")).isEqualTo("true");
    assertThat(JsonValues.at(ORDER, "/order/lines/0/n")).isEqualTo("7");
    assertThat(JsonValues.at("\"alone\"", "")).isEqualTo("alone");
    assertThat(JsonValues.at("{\"n\":0.10000000000000000001}", "/n"))
        .isEqualTo("0.10000000000000000001");
    assertThat(JsonValues.at("{\"n\":123456789012345678901234567890}", "/n"))
        .isEqualTo("123456789012345678901234567890");
  }

  @Test
  void whatIsNoScalarOrNotThereIsNull() {
    assertThat(JsonValues.at(null, "/a")).isNull();
    assertThat(JsonValues.at(ORDER, "/order")).isNull();
    assertThat(JsonValues.at(ORDER, "/order/lines")).isNull();
    assertThat(JsonValues.at(ORDER, "/order/none")).isNull();
    assertThat(JsonValues.at(ORDER, "/order/missing/deep")).isNull();
    assertThat(JsonValues.at("plain text", "")).isNull();
    assertThat(JsonValues.at("", "")).isNull();
    assertThat(JsonValues.at("{\"a\":1} {}", "/a")).isNull();
    assertThat(JsonValues.at(new byte[] {0, 1, 2}, "/a")).isNull();
    assertThat(JsonValues.at("[".repeat(5_000), "/0")).isNull();
    assertThat(JsonValues.at(new Object(), "/a")).isNull();
  }

  @Test
  void aPointerThatIsNoneIsRefused() {
    assertThatThrownBy(() -> JsonValues.at(ORDER, "order/id"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
