package tech.onceonly.client;

import io.vertx.core.http.HttpMethod;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One call of the API, from asking to its value, over all its attempts. Cancelling it drops it
 * where it has not been sent, and drops its answer where it has.
 */
final class Call<T> extends CompletableFuture<T> {

  /** Makes the value of an answer; throws what the answer says instead. */
  interface Decoder<T> {
    T decode(Answer answer, String sentRequestId);
  }

  /** What stands in for an answer that did not come, or said no; null for an exceptional end. */
  interface Fallback<T> {
    @Nullable T instead(OnceOnlyException failure, String sentRequestId);
  }

  /** What may be done with a call whose effect is not known. */
  enum Repeat {
    /** The same call again does no harm. */
    ALWAYS,
    /** Only where the server answers a repeated request id as it did the first time. */
    WHERE_REPLAYED,
    /** Not where the first may have taken effect: what came after it would be undone too. */
    UNLESS_IN_DOUBT,
    /** A trial of the API, made again by whoever wants one. */
    NEVER
  }

  private final Wire.Request request;
  private final String requestId;
  private final long deadlineNanos;
  private final long patienceNanos;
  private final Decoder<T> decoder;
  private final Fallback<T> onFailure;
  private int retries;
  private int breakerEpoch;
  private boolean alone;
  private boolean counts = true;

  Call(
      Wire.Request request,
      String requestId,
      long deadlineNanos,
      long patienceNanos,
      Decoder<T> decoder,
      Fallback<T> onFailure) {
    this.request = request;
    this.requestId = requestId;
    this.deadlineNanos = deadlineNanos;
    this.patienceNanos = patienceNanos;
    this.decoder = decoder;
    this.onFailure = onFailure;
  }

  HttpMethod method() {
    return request.method();
  }

  String uri() {
    return request.uri();
  }

  @Nullable JsonBytes body() {
    return request.body();
  }

  /** What it is called in a batch; null where it can't be a part of one, or must not. */
  @Nullable String operation() {
    return alone ? null : request.operation();
  }

  /** A batch with it was refused as a whole: it is to be sent by itself. */
  void sendAlone() {
    alone = true;
  }

  Repeat repeat() {
    return request.repeat();
  }

  String requestId() {
    return requestId;
  }

  /** Nanoseconds to the deadline; zero or less where it has passed. */
  long nanosLeft(long now) {
    return deadlineNanos - now;
  }

  /** Whether it has been given all its time, and as much as others on its connection have. */
  boolean isHopeless(long now) {
    return nanosLeft(now) <= 0 && now - patienceNanos >= 0;
  }

  int retries() {
    return retries;
  }

  void countRetry() {
    retries++;
  }

  int breakerEpoch() {
    return breakerEpoch;
  }

  void breakerEpoch(int value) {
    breakerEpoch = value;
    counts = true;
  }

  /** Whether its failure is one of its own, and not that of a batch which another has counted. */
  boolean counts() {
    return counts;
  }

  void countedWithAnother() {
    counts = false;
  }

  T decode(Answer answer) {
    return decoder.decode(answer, requestId);
  }

  /** Ends the call without an answer: with what stands in for one, or exceptionally. */
  void fail(OnceOnlyException failure) {
    if (failure.requestId() == null) {
      failure.requestId(requestId);
    }
    T instead;
    try {
      instead = onFailure.instead(failure, requestId);
    } catch (RuntimeException e) {
      completeExceptionally(e);
      return;
    }
    if (instead != null) {
      complete(instead);
    } else {
      completeExceptionally(failure);
    }
  }
}
