package tech.onceonly.server;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gathers one request's body, up to a bound. */
final class BodyCollector {
  /** So much of a refused body is read and dropped, so that its sender gets to see the answer. */
  private static final long MAX_DROPPED_BYTES = 8 * 1024 * 1024;

  private static final byte[] EMPTY = {};

  private final HttpServerRequest request;
  private final int maxBytes;
  private final Consumer<byte[]> onBody;
  private final Runnable onTooLarge;
  private @Nullable Buffer body;
  private boolean growing;
  private boolean refused;
  private long dropped;

  private BodyCollector(
      HttpServerRequest request, int maxBytes, Consumer<byte[]> onBody, Runnable onTooLarge) {
    this.request = request;
    this.maxBytes = maxBytes;
    this.onBody = onBody;
    this.onTooLarge = onTooLarge;
  }

  /** Calls one of the two, once; neither where the connection breaks first. */
  static void collect(
      HttpServerRequest request, int maxBytes, Consumer<byte[]> onBody, Runnable onTooLarge) {
    BodyCollector collector = new BodyCollector(request, maxBytes, onBody, onTooLarge);
    request.handler(collector::take).endHandler(end -> collector.finish());
    if (collector.declaresTooMuch(request.getHeader(HttpHeaders.CONTENT_LENGTH))) {
      collector.refuse();
    }
  }

  private boolean declaresTooMuch(@Nullable String contentLength) {
    // The HTTP codec has refused what is no number. By digits alone, for it may not fit a long.
    if (contentLength == null || contentLength.length() < 6) {
      return false;
    }
    return contentLength.length() > 18 || Long.parseLong(contentLength) > maxBytes;
  }

  private void take(Buffer chunk) {
    Buffer before = body;
    if (!refused && chunk.length() + (before == null ? 0 : before.length()) > maxBytes) {
      refuse();
    }
    if (refused) {
      drop(chunk.length());
    } else if (before == null) {
      body = chunk;
    } else if (growing) {
      before.appendBuffer(chunk);
    } else {
      // One of its own: the first chunk may be a part of what the codec has read.
      growing = true;
      body = Buffer.buffer(4 * before.length()).appendBuffer(before).appendBuffer(chunk);
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
      onBody.accept(body == null ? EMPTY : body.getBytes());
    }
  }
}
