package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServerOptionsTest {
  @Test
  void neitherTextNorErrorsShowAnApiKey() {
    assertThat(ServerOptions.builder().apiKey("secret-1").build().toString())
        .doesNotContain("secret-1");
    assertThatThrownBy(() -> ServerOptions.builder().apiKey("secret 2").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("apiKey")
        .hasMessageNotContaining("secret 2");
  }

  @Test
  void withoutAnApiKeyNothingIsBuilt() {
    assertThatThrownBy(() -> ServerOptions.builder().build())
        .hasMessageContaining("give at least one with apiKey(...)");
  }
}
