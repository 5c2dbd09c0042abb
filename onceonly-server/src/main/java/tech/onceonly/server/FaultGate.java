package tech.onceonly.server;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tech.onceonly.server.ServerProbe.Fault;

/** Lets a probe's faults befall requests before their handler. Shared by the event loops. */
final class FaultGate {

  private final ServerProbe probe;

  /** Requests that are held back; each holds a connection, and those are bounded. */
  private final Set<HttpServerRequest> waiting = ConcurrentHashMap.newKeySet();

  FaultGate(ServerProbe probe) {
    this.probe = probe;
  }

  Handler<HttpServerRequest> before(Vertx vertx, RequestHandler handler) {
    return request -> {
      Fault fault = probe.faultOf(request.method().name() + " " + request.path());
      if (fault instanceof Fault.Refused refused) {
        handler.refuse(request, refused.status(), refused.retryAfter());
      } else if (fault instanceof Fault.Late late) {
        request.pause();
        waiting.add(request);
        vertx.setTimer(Math.max(1, late.by().toMillis()), timer -> goOn(request, handler));
      } else if (fault instanceof Fault.Silent) {
        waiting.add(request);
        request.response().closeHandler(closed -> waiting.remove(request));
      } else if (fault instanceof Fault.Broken) {
        request.connection().close();
      } else {
        handler.handle(request);
      }
    };
  }

  /** Closes the connections of all that is held back: none of it is ever handled. */
  void breakOff() {
    for (HttpServerRequest request : List.copyOf(waiting)) {
      if (waiting.remove(request)) {
        request.connection().close();
      }
    }
  }

  private void goOn(HttpServerRequest request, RequestHandler handler) {
    if (waiting.remove(request)) {
      handler.handle(request);
      request.resume();
    }
  }
}
