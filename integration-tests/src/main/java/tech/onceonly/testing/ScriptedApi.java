package tech.onceonly.testing;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands before an API server on HTTP and answers in its place what a test says, a 401 or a 429;
 * all else it passes on.
 *
 * <p>A request is answered by what was said when it arrived. Bodies are passed on whole and may
 * have up to 1 MB; a server that does not answer within 10 seconds is told of by a 502.
 *
 * <p>Safe for use by several threads.
 */
public final class ScriptedApi implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_BODY_BYTES = 1 << 20;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final HttpClient client;
  private final HttpServer server;
  private final String targetHost;
  private final int targetPort;
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong forwarded = new AtomicLong();
  private volatile @Nullable Script script;

  private ScriptedApi(String targetHost, int targetPort) {
    this.targetHost = targetHost;
    this.targetPort = targetPort;
    client =
        vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(64).setMaxWaitQueueSize(1_000));
    server = bounded(vertx.createHttpServer().requestHandler(this::handle).listen(0, "127.0.0.1"));
  }

  /** Starts before the server at this address and passes everything on. */
  public static ScriptedApi start(String host, int port) {
    return new ScriptedApi(host, port);
  }

  /** {@code http://127.0.0.1:port}. */
  public String baseUrl() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /** From now on, answers every request with this. */
  public void answer(int status, String body, Map<String, String> headers) {
    answerWhere(path -> true, status, body, headers);
  }

  /** From now on, answers requests for these paths with this and passes the others on. */
  public void answerWhere(
      Predicate<String> path, int status, String body, Map<String, String> headers) {
    script = new Script(path, status, body, Map.copyOf(headers));
  }

  /** From now on, passes everything on. */
  public void forward() {
    script = null;
  }

  /** Requests that were answered as a test said. */
  public long answered() {
    return answered.get();
  }

  /** Requests that were passed on. */
  public long forwarded() {
    return forwarded.get();
  }

  @Override
  public void close() {
    bounded(vertx.close());
  }

  private void handle(HttpServerRequest request) {
    Script current = script;
    if (current != null && current.path.test(request.path())) {
      answered.incrementAndGet();
      request.response().setStatusCode(current.status);
      current.headers.forEach(request.response()::putHeader);
      request.response().end(current.body).onFailure(gone -> request.connection().close());
      return;
    }
    forwarded.incrementAndGet();
    collect(request)
        .compose(body -> pass(request, body))
        .compose(answer -> answer.body().compose(body -> giveBack(request, answer, body)))
        .onFailure(cause -> failed(request, cause));
  }

  /** The body in one piece, refused where it is too long. */
  private static Future<Buffer> collect(HttpServerRequest request) {
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() <= MAX_BODY_BYTES) {
            body.appendBuffer(part);
          }
        });
    return request
        .end()
        .compose(
            end ->
                body.length() <= MAX_BODY_BYTES
                    ? Future.succeededFuture(body)
                    : Future.failedFuture("the request's body is longer than " + MAX_BODY_BYTES));
  }

  private Future<HttpClientResponse> pass(HttpServerRequest request, Buffer body) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(request.method())
            .setHost(targetHost)
            .setPort(targetPort)
            .setURI(request.uri())
            .setTimeout(TIMEOUT.toMillis());
    return client.request(options).compose(onward -> send(request, onward, body));
  }

  private static Future<HttpClientResponse> send(
      HttpServerRequest request, HttpClientRequest onward, Buffer body) {
    onward.headers().addAll(request.headers());
    onward.headers().remove(HttpHeaders.TRANSFER_ENCODING).remove(HttpHeaders.HOST);
    return onward.send(body);
  }

  private static Future<Void> giveBack(
      HttpServerRequest request, HttpClientResponse answer, Buffer body) {
    request.response().setStatusCode(answer.statusCode());
    request.response().headers().addAll(answer.headers());
    request.response().headers().remove(HttpHeaders.TRANSFER_ENCODING);
    return request.response().end(body);
  }

  private static void failed(HttpServerRequest request, Throwable cause) {
    if (request.response().ended() || request.response().headWritten()) {
      request.connection().close();
    } else {
      request
          .response()
          .setStatusCode(502)
          .end("{\"detail\":\"not passed on: " + cause.getClass().getSimpleName() + "\"}");
    }
  }

  private static <T> T bounded(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("The scripted API did not start or stop", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
  }

  private record Script(
      Predicate<String> path, int status, String body, Map<String, String> headers) {}
}
