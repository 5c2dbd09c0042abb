package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BrokerChoiceTest {

  @Test
  void readsTheForm() {
    assertThat(BrokerChoice.Form.parse("")).isEqualTo(BrokerChoice.Form.AUTO);
    assertThat(BrokerChoice.Form.parse("auto")).isEqualTo(BrokerChoice.Form.AUTO);
    assertThat(BrokerChoice.Form.parse("containers")).isEqualTo(BrokerChoice.Form.CONTAINERS);
    assertThat(BrokerChoice.Form.parse(" Embedded ")).isEqualTo(BrokerChoice.Form.EMBEDDED);
  }

  @Test
  void namesTheMendOfAnUnknownForm() {
    assertThatThrownBy(() -> BrokerChoice.Form.parse("docker"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("-Dbroker=docker is unknown: give auto, containers or embedded.");
  }

  @Test
  void refusesAHeapThatNoBrokerLivesIn() {
    assertThatThrownBy(() -> BrokerOptions.builder().heapMegabytes(64).build())
        .hasMessageContaining("heapMegabytes is 64");
  }
}
