package tech.onceonly.client;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One sending of a call, or of several in a batch. It is the body codec of its own request: so it
 * finds the request that Web Client makes, knows whether it was sent, and bounds what comes back.
 * Lives on the event loop.
 */
final class Attempt implements BodyCodec<Buffer>, BodyStream<Buffer> {

  private static final Future<Void> WRITTEN = Future.succeededFuture();

  /** What is sent. */
  final Call<?> call;

  /** Whose answers it brings: the call itself, or those that travel in it. */
  private final List<Call<?>> members;

  final long sentNanos;

  private final boolean[] ended;
  private int open;
  private final int maxBytes;
  private @Nullable HttpClientRequest request;
  private @Nullable Buffer body;
  private boolean oversized;

  /** Each has its value, or a further attempt: what still comes of this one is dropped. */
  boolean settled;

  /** Its place among those in flight is given up. */
  boolean released;

  /** Its place among those in flight, kept by {@link Transport}. */
  int index;

  /** When the request was reset; 0 where it was not. */
  long resetNanos;

  Attempt(Call<?> call, List<Call<?>> members, int maxBytes, long nowNanos) {
    this.call = call;
    sentNanos = nowNanos;
    this.members = members;
    this.maxBytes = maxBytes;
    ended = new boolean[members.size()];
    open = members.size();
  }

  boolean isBatch() {
    return members.size() > 1;
  }

  List<Call<?>> members() {
    return members;
  }

  /** Ends those that are not ended yet and for which this holds; with the last it is settled. */
  void end(Predicate<Call<?>> which, Consumer<Call<?>> ending) {
    boolean first = true;
    for (int i = 0; i < ended.length && !settled; i++) {
      if (!ended[i] && which.test(members.get(i))) {
        ended[i] = true;
        if (!first) {
          members.get(i).countedWithAnother();
        }
        first = false;
        settled = --open == 0;
        ending.accept(members.get(i));
      }
    }
  }

  boolean isUnwanted() {
    return settled || members.stream().allMatch(Call::isDone);
  }

  /** Whether all of them were given all their time, as much as others on the connection have. */
  boolean isHopeless(long now) {
    return members.stream().allMatch(member -> member.isHopeless(now));
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
