package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisSettingsTest {
  @Test
  void whatIsLeftOutHasItsDefault() {
    RedisSettings settings = RedisSettings.of("redis://redis.example");
    assertThat(settings.nodes()).containsExactly("redis.example:6379");
    assertThat(settings.isCluster()).isFalse();
    assertThat(settings.sentinel()).isNull();
    assertThat(settings.prefix()).isEqualTo("onceonly");
    assertThat(settings.waitReplicas()).isZero();
    assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void whatIsGivenIsTaken() {
    RedisSettings settings =
        RedisSettings.of(
            "rediss://a,[::1]:7000?sentinel=shop&prefix=app:once&wait-replicas=1&timeout-ms=500");
    assertThat(settings.nodes()).containsExactly("a:26379", "[::1]:7000");
    assertThat(settings.sentinel()).isEqualTo("shop");
    assertThat(settings.prefix()).isEqualTo("app:once");
    assertThat(settings.waitReplicas()).isEqualTo(1);
    assertThat(settings.timeout()).isEqualTo(Duration.ofMillis(500));
    assertThat(RedisSettings.of("redis://a,b?cluster=true").isCluster()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "redis://, it is not redis[s]://",
    "redis://h/db, it is not redis[s]://",
    "'redis://a,b', several nodes need",
    "redis://h:port, a node is no HOST",
    "redis://h:70000, '70000' is not within 0 to 65535",
    "redis://h?clustr=true, 'clustr' is none of",
    "redis://h?cluster=yes, cluster is neither true nor false",
    "redis://h?prefix=, prefix has no value",
    "redis://h?prefix=a*, prefix takes",
    "redis://h?timeout-ms=5, timeout-ms takes 100 to 60000",
    "redis://h?wait-replicas=-1, '-1' is not within",
    "redis://h/1?cluster=true, a cluster has no databases",
    "redis://h?cluster=true&sentinel=m, not both",
    "redis://h?ca=ca.pem, ca is for rediss:// alone",
  })
  void whatIsWrongIsNamed(String url, String told) {
    assertThatThrownBy(() -> RedisSettings.of(url))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://u:secret@h/x",
        "redis://u:se%secret@h",
        "redis://u:secret@h:70000",
        "redis://secret@h?nothing=1",
        "redis://u:a/secret@h"
      })
  void noPasswordIsTold(String url) {
    assertThatThrownBy(() -> RedisSettings.of(url))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(
            fault -> {
              for (Throwable told = fault; told != null; told = told.getCause()) {
                assertThat(told.getMessage()).doesNotContain("secret");
              }
            });
    assertThat(RedisSettings.of("redis://user:secret@h?wait-replicas=1").toString())
        .isEqualTo("redis://h:6379/0");
  }
}
