package tech.onceonly.client;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import org.jspecify.annotations.Nullable;

/**
 * One sending of a call. It is the body codec of its own request: so it finds the request that Web
 * Client makes, knows whether it was sent, and bounds what comes back. Lives on the event loop.
 */
final class Attempt implements BodyCodec<Buffer>, BodyStream<Buffer> {

  private static final Future<Void> WRITTEN = Future.succeededFuture();

  final Call<?> call;
  private final int maxBytes;
  private @Nullable HttpClientRequest request;
  private @Nullable Buffer body;
  private boolean oversized;

  /** The call has its value, or a further attempt: what still comes of this one is dropped. */
  boolean settled;

  /** Its place among those in flight is given up. */
  boolean released;

  /** Its place among those in flight, kept by {@link Transport}. */
  int index;

  /** When the request was reset; 0 where it was not. */
  long resetNanos;

  Attempt(Call<?> call, int maxBytes) {
    this.call = call;
    this.maxBytes = maxBytes;
  }

  /** Web Client has a connection and is about to write. */
  void sending(HttpClientRequest clientRequest) {
    request = clientRequest;
  }

  boolean sent() {
    return request != null;
  }

  boolean oversized() {
    return oversized;
  }

  /** Whether ending it ends no other call. */
  boolean standsAlone(int pipelining) {
    return pipelining == 1 || (request != null && request.version() == HttpVersion.HTTP_2);
  }

  void reset() {
    if (request != null) {
      request.reset();
    }
  }

  @Override
  public BodyStream<Buffer> stream() {
    return this;
  }

  @Override
  public Future<Void> write(Buffer chunk) {
    long size = (body == null ? 0L : body.length()) + chunk.length();
    if (oversized) {
      return WRITTEN;
    }
    if (size > maxBytes) {
      oversized = true;
      body = null;
      reset();
    } else if (body == null) {
      body = chunk;
    } else {
      body = Buffer.buffer((int) size).appendBuffer(body).appendBuffer(chunk);
    }
    return WRITTEN;
  }

  @Override
  public Future<Void> end() {
    return WRITTEN;
  }

  @Override
  public Future<Buffer> result() {
    return Future.succeededFuture(body);
  }

  @Override
  public Attempt exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public Attempt setWriteQueueMaxSize(int maxSize) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return false;
  }

  @Override
  public Attempt drainHandler(@Nullable Handler<Void> handler) {
    return this;
  }

  @Override
  public void handle(Throwable failure) {
    // The same failure ends the request's future, where Transport takes it.
  }
}
