package tech.onceonly.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One operation of a batch: what is asked, and its answer until all have theirs. */
final class Operation implements Exchange {
  private static final byte[] NONE = {};

  private final @Nullable Route route;
  private final String requestId;
  private final boolean isCallersId;
  private final RequestBody body;
  private BatchCalls.@Nullable Run run;
  private @Nullable List<CharSequence> headers;
  private int status;
  private byte[] answer = NONE;

  /**
   * @param route null where there is no call of the name that was given
   * @param isCallersId whether the caller knows the request id
   */
  Operation(@Nullable Route route, String requestId, boolean isCallersId, RequestBody body) {
    this.route = route;
    this.requestId = requestId;
    this.isCallersId = isCallersId;
    this.body = body;
  }

  @Nullable Route route() {
    return route;
  }

  RequestBody body() {
    return body;
  }

  void partOf(BatchCalls.Run itsRun) {
    run = itsRun;
  }

  @Override
  public String requestId() {
    return requestId;
  }

  @Override
  public Tenant tenant() {
    return Objects.requireNonNull(run, "asked before it was part of a run").tenant();
  }

  @Override
  public Operation header(CharSequence name, CharSequence value) {
    if (headers == null) {
      headers = new ArrayList<>(4);
    }
    headers.add(name);
    headers.add(value);
    return this;
  }

  /** A short verdict does not tell the request id: it must be the caller's own. */
  @Override
  public boolean wantsShortVerdict() {
    return isCallersId && run != null && run.shortVerdicts();
  }

  @Override
  public void sendShortVerdict(JsonWriter json) {
    send(0, json);
  }

  @Override
  public void send(int itsStatus, JsonWriter json) {
    if (answer != NONE) {
      return; // a fault after the answer changes nothing
    }
    status = itsStatus;
    answer = json.toBytes();
    if (run != null) {
      run.answered();
    }
  }

  /** Adds its answer to the batch's. */
  void writeTo(JsonWriter json) {
    if (status == 0) {
      json.raw(answer);
      return;
    }
    json.startElement().field("status", status).startObject("headers");
    json.field(X_REQUEST_ID.toString(), requestId);
    for (int i = 0; headers != null && i < headers.size(); i += 2) {
      json.field(headers.get(i).toString(), headers.get(i + 1).toString());
    }
    json.endObject().raw("body", answer).endObject();
  }
}
