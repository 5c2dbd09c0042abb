package tech.onceonly.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The calls of an operator, made only where the server declares that it knows them. */
final class KeyCalls {

  private final Dispatcher dispatcher;
  private final Wire wire;
  private final AccountAnswers account;
  private final KeyAnswers answers;

  KeyCalls(Dispatcher dispatcher, Wire wire, AccountAnswers account, Errors errors) {
    this.dispatcher = dispatcher;
    this.wire = wire;
    this.account = account;
    this.answers = new KeyAnswers(errors);
  }

  CompletableFuture<KeyState> inspect(String key) {
    return ask(wire.inspect(key), answers::key);
  }

  CompletableFuture<KeyState> release(String key) {
    return ask(wire.releaseKey(key), answers::key);
  }

  CompletableFuture<KeyPage> list(String prefix, int limit, @Nullable String cursor) {
    Checks.between("limit", 1, 1_000, limit);
    return ask(
        wire.get("/keys", "prefix", prefix, "limit", Integer.toString(limit), "cursor", cursor),
        answers::page);
  }

  /** Asks first who answers: a server that does not know the call may make anything of it. */
  private <T> CompletableFuture<T> ask(Wire.Request request, Function<Answer, T> decoder) {
    if (dispatcher.extensions().keys()) {
      return call(request, decoder).toCompletableFuture();
    }
    CompletableFuture<T> asked = new CompletableFuture<>();
    call(wire.get("/me"), this::declared)
        .whenComplete(
            (yes, refused) -> {
              if (refused != null) {
                asked.completeExceptionally(refused);
              } else if (!asked.isDone()) {
                call(request, decoder).whenComplete((value, fault) -> end(asked, value, fault));
              }
            });
    return asked;
  }

  private static <T> void end(
      CompletableFuture<T> asked, @Nullable T value, @Nullable Throwable fault) {
    if (fault != null) {
      asked.completeExceptionally(fault);
    } else {
      asked.complete(value);
    }
  }

  private boolean declared(Answer answer) {
    account.account(answer);
    if (!answer.declaresKeys()) {
      throw new KeysNotOfferedException();
    }
    return true;
  }

  private <T> CompletionStage<T> call(Wire.Request request, Function<Answer, T> decoder) {
    return dispatcher.call(
        request, null, (answer, id) -> decoder.apply(answer), (failure, id) -> null);
  }
}
