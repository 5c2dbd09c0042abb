package tech.onceonly.server;

import io.vertx.core.Future;
import java.util.List;
import tech.onceonly.server.store.ClaimStore;

/** Carries out a batch: each operation by the code that answers it alone. One an event loop. */
final class BatchCalls {
  private final BatchReader reader;
  private final KeyCalls calls;
  private final JsonWriter json;
  private final ErrorAnswers errors;

  BatchCalls(BatchReader reader, KeyCalls calls, JsonWriter json, ErrorAnswers errors) {
    this.reader = reader;
    this.calls = calls;
    this.json = json;
    this.errors = errors;
  }

  Future<?> answer(Exchange exchange, byte[] bytes) {
    BatchReader.Batch batch = reader.read(bytes);
    if (batch.error() != null) {
      errors.invalid(exchange, List.of(batch.error()));
      return Future.succeededFuture();
    }
    Run run = new Run(exchange, batch);
    exchange
        .tenant()
        .store()
        .together(asked -> batch.operations().forEach(operation -> run.ask(asked, operation)));
    run.allAsked();
    return Future.succeededFuture();
  }

  /** A batch on its way. On the event loop alone. */
  final class Run {
    private final Exchange exchange;
    private final BatchReader.Batch batch;

    /** Operations without an answer, and one more until all have been asked. */
    private int open;

    private Run(Exchange exchange, BatchReader.Batch batch) {
      this.exchange = exchange;
      this.batch = batch;
      open = batch.operations().size() + 1;
    }

    Tenant tenant() {
      return exchange.tenant();
    }

    boolean shortVerdicts() {
      return batch.shortVerdicts();
    }

    private void ask(ClaimStore asked, Operation operation) {
      operation.partOf(this);
      Route route = operation.route();
      if (route == null) {
        errors.notFound(operation);
      } else {
        calls.guarded(operation, () -> calls.answer(asked, operation, route, operation.body()));
      }
    }

    private void allAsked() {
      answered();
    }

    void answered() {
      if (--open == 0) {
        calls.guarded(exchange, this::send);
      }
    }

    private Future<?> send() {
      json.start().startArray("answers");
      batch.operations().forEach(operation -> operation.writeTo(json));
      exchange.send(200, json.endArray().end());
      return Future.succeededFuture();
    }
  }
}
