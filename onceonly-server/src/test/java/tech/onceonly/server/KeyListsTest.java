package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.server.store.KeyStore.KeyPage;
import tech.onceonly.server.store.StoreUnavailableException;

/**
 * However many ask, so many lists are made at a time; each that ends, however, lets one more in.
 */
class KeyListsTest {
  private static final KeyPage PAGE = new KeyPage(List.of(), null);

  private final Vertx vertx = Vertx.vertx();
  private final KeyLists lists = new KeyLists();
  private final List<Promise<KeyPage>> stores = new ArrayList<>();
  private final List<CompletableFuture<KeyPage>> asked = new ArrayList<>();

  @AfterEach
  void close() {
    vertx.close();
  }

  @Test
  void oneTooManyIsRefusedUntilAnotherHasEnded() throws Exception {
    for (int i = 0; i < KeyLists.MOST; i++) {
      ask();
    }
    assertRefused(ask());

    stores.get(0).complete(PAGE);
    assertThat(asked.get(0).get(30, TimeUnit.SECONDS)).isSameAs(PAGE);
    CompletableFuture<KeyPage> next = ask();
    assertRefused(ask());

    stores.get(1).fail("disk");
    assertThatThrownBy(() -> asked.get(1).get(30, TimeUnit.SECONDS)).hasMessageContaining("disk");
    ask();
    assertRefused(ask());
    assertThat(next).isNotDone();
  }

  @Test
  void aStoreThatThrowsHoldsNoPlace() {
    Context context = vertx.getOrCreateContext();
    for (int i = 0; i <= KeyLists.MOST; i++) {
      Future<KeyPage> failed =
          lists.list(
              context,
              () -> {
                throw new IllegalStateException("broken");
              });
      assertThatThrownBy(
              () ->
                  failed
                      .toCompletionStage()
                      .toCompletableFuture()
                      .orTimeout(30, TimeUnit.SECONDS)
                      .join())
          .hasRootCauseMessage("broken");
    }
  }

  /** On a context of its own, as a connection to another event loop. */
  private CompletableFuture<KeyPage> ask() {
    Promise<KeyPage> store = Promise.promise();
    stores.add(store);
    CompletableFuture<KeyPage> page =
        lists
            .list(vertx.getOrCreateContext(), store::future)
            .toCompletionStage()
            .toCompletableFuture();
    asked.add(page);
    return page;
  }

  private static void assertRefused(CompletableFuture<KeyPage> page) {
    assertThatThrownBy(() -> page.orTimeout(30, TimeUnit.SECONDS).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("ask again later");
  }
}
