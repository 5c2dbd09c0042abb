package tech.onceonly.server;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gathers one request's body, up to a bound. */
final class BodyCollector {
  /** Largest body: a stored result of the largest size fits, with its key and some escapes. */
  static final int MAX_BODY_BYTES = 128 * 1024;

  /** So much of a refused body is read and dropped, so that its sender gets to see the answer. */
  private static final long MAX_DROPPED_BYTES = 1024 * 1024;

  private final HttpServerRequest request;
  private final Consumer<byte[]> onBody;
  private final Runnable onTooLarge;
  private @Nullable Buffer body;
  private boolean refused;
  private long dropped;

  private BodyCollector(HttpServerRequest request, Consumer<byte[]> onBody, Runnable onTooLarge) {
    this.request = request;
    this.onBody = onBody;
    this.onTooLarge = onTooLarge;
  }

  /** Calls one of the two, once; neither where the connection breaks first. */
  static void collect(HttpServerRequest request, Consumer<byte[]> onBody, Runnable onTooLarge) {
    BodyCollector collector = new BodyCollector(request, onBody, onTooLarge);
    request.handler(collector::take).endHandler(end -> collector.finish());
    if (declaresTooMuch(request.getHeader(HttpHeaders.CONTENT_LENGTH))) {
      collector.refuse();
    }
  }

  private static boolean declaresTooMuch(@Nullable String contentLength) {
    // The HTTP codec has refused what is no number. By digits alone, for it may not fit a long.
    if (contentLength == null || contentLength.length() < 6) {
      return false;
    }
    return contentLength.length() > 18 || Long.parseLong(contentLength) > MAX_BODY_BYTES;
  }

  private void take(Buffer chunk) {
    Buffer before = body;
    if (!refused && chunk.length() + (before == null ? 0 : before.length()) > MAX_BODY_BYTES) {
      refuse();
    }
    if (refused) {
      drop(chunk.length());
    } else if (before == null) {
      body = chunk;
    } else {
      body = Buffer.buffer(2 * before.length()).appendBuffer(before).appendBuffer(chunk);
    }
  }

  private void drop(int bytes) {
    dropped += bytes;
    if (dropped > MAX_DROPPED_BYTES) {
      request.connection().close();
    }
  }

  private void refuse() {
    refused = true;
    body = null;
    onTooLarge.run();
  }

  private void finish() {
    if (!refused) {
      onBody.accept(body == null ? new byte[0] : body.getBytes());
    }
  }
}
