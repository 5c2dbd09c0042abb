package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import tech.onceonly.server.store.StoreUnavailableException;

/** A store that can't be asked is an outage to the caller, and no fault of this server's. */
class StoreUnavailableTest {
  private int status;
  private JsonNode body;

  @Test
  void aStoreThatCannotBeAskedIs503AndSaysSo() {
    answer(new StoreUnavailableException("disk full", null));
    assertThat(status).isEqualTo(503);
    assertThat(body.at("/detail/error").asText()).isEqualTo("store_unavailable");
    assertThat(body.at("/detail/message").asText()).isEqualTo("disk full");
  }

  @Test
  void anyOtherFaultIs500AndSaysNothingOfItself() {
    answer(new IllegalStateException("secret"));
    assertThat(status).isEqualTo(500);
    assertThat(body.toString()).doesNotContain("secret");
  }

  private void answer(RuntimeException fault) {
    ErrorAnswers errors = new ErrorAnswers(new JsonWriter());
    KeyCalls calls =
        new KeyCalls(
            new CheckLockCalls(200, new JsonWriter(), errors),
            new LeaseCalls(() -> "id", new JsonWriter(), errors),
            errors);
    calls.guarded(new Answered(), () -> Future.failedFuture(fault));
  }

  private final class Answered implements Exchange {
    @Override
    public String requestId() {
      return "r";
    }

    @Override
    public Tenant tenant() {
      throw new AssertionError("nothing here asks whose it is");
    }

    @Override
    public Exchange header(CharSequence name, CharSequence value) {
      return this;
    }

    @Override
    public void send(int answered, JsonWriter json) {
      status = answered;
      try {
        body = Api.JSON.readTree(json.toBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
