package tech.onceonly.server;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.Capacity;

/** One event loop's share of the HTTP server. All of them listen on the same port. */
final class HttpVerticle extends VerticleBase {
  /** Longest request line: a key of the largest size fits, percent-encoded. */
  private static final int MAX_REQUEST_LINE_BYTES = 4_096;

  private static final int MAX_HEADER_BYTES = 8_192;
  private static final int MAX_CHUNK_BYTES = 64 * 1024;
  private static final int WINDOW_BYTES = 1024 * 1024;

  /** Above the usual keep-alive of clients, so that it is they who close an idle connection. */
  private static final int IDLE_TIMEOUT_SECONDS = 120;

  private final ServerOptions options;
  private final Capacity connections;
  private final RequestHandler handler;
  private final @Nullable FaultGate gate;
  private final Consumer<HttpServer> onListening;

  HttpVerticle(
      ServerOptions options,
      Capacity connections,
      RequestHandler handler,
      @Nullable FaultGate gate,
      Consumer<HttpServer> onListening) {
    this.options = options;
    this.connections = connections;
    this.handler = handler;
    this.gate = gate;
    this.onListening = onListening;
  }

  @Override
  public Future<?> start() {
    HttpServer server =
        vertx
            .createHttpServer(httpOptions(options.tls()))
            .connectionHandler(this::admit)
            .requestHandler(gate == null ? handler::handle : gate.before(vertx, handler))
            .invalidRequestHandler(handler::handleInvalid);
    // A negative port is any free one, the same for all instances.
    int port = options.port() == 0 ? -1 : options.port();
    return server.listen(port, options.host()).onSuccess(onListening::accept);
  }

  private void admit(HttpConnection connection) {
    if (connections.take()) {
      connection.closeHandler(closed -> connections.free());
    } else {
      connection.close();
    }
  }

  private static HttpServerOptions httpOptions(@Nullable TlsFiles tls) {
    HttpServerOptions http = plainOptions();
    if (tls != null) {
      tls.applyTo(http);
    }
    return http;
  }

  private static HttpServerOptions plainOptions() {
    return new HttpServerOptions()
        .setHttp2ClearTextEnabled(true)
        .setHandle100ContinueAutomatically(true)
        // A batch of usual size comes in one go: no waiting for windows, few pieces.
        .setInitialSettings(new Http2Settings().setInitialWindowSize(WINDOW_BYTES))
        .setHttp2ConnectionWindowSize(2 * WINDOW_BYTES)
        .setMaxChunkSize(MAX_CHUNK_BYTES)
        .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
        .setMaxHeaderSize(MAX_HEADER_BYTES)
        .setIdleTimeout(IDLE_TIMEOUT_SECONDS)
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        // Nothing here is a web socket: no handlers for them on the way of every request.
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setTcpNoDelay(true);
  }
}
