package tech.onceonly.client;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A key that an idempotent function runs under. Neither end ever fails. */
interface Held {

  /** Runs unprotected: there is nothing to settle. */
  Held NOTHING =
      new Held() {
        @Override
        public CompletableFuture<Void> done(@Nullable Object result) {
          return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> giveBack() {
          return CompletableFuture.completedFuture(null);
        }
      };

  /** The function has returned. Completes with the first try to say so. */
  CompletableFuture<Void> done(@Nullable Object result);

  /** The function has failed. Completes with the first try to say so. */
  CompletableFuture<Void> giveBack();
}
