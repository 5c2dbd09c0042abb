package tech.onceonly.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.impl.WebClientInternal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes a call through bound, breaker, attempts and retries to its one end. */
final class Dispatcher implements Transport.Outcomes {

  private static final Duration MAX_PROBE_TIME = Duration.ofSeconds(2);

  private final Wire wire;
  private final Duration requestTimeout;
  private final RetryOptions retries;
  private final LongSupplier clock;
  private final Supplier<String> requestIds;
  private final Breaker breaker;
  private final Transport transport;
  private final Errors errors;
  private final Extensions extensions = new Extensions();
  private final int maxPending;
  private final AtomicInteger pending = new AtomicInteger();
  private final Set<Call<?>> backingOff = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Dispatcher(ClientOptions options, Vertx vertx, Wire wire, Errors errors) {
    this.wire = wire;
    this.errors = errors;
    this.requestTimeout = options.requestTimeout();
    this.retries = options.retries();
    this.clock = options.nanoClock();
    this.requestIds = options.requestIds();
    this.maxPending = options.connections().maxInFlight() + options.connections().maxWaiting();
    // One context for all: no call changes its thread between hand-over and answer.
    ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
    PoolOptions pool = WebClientSettings.pool(options);
    OwnCertificate own = WebClientSettings.ownCertificate(options);
    WebClient web = WebClient.create(vertx, WebClientSettings.of(options, own), pool);
    Batches batches = new Batches(options, wire, extensions);
    this.transport = new Transport(options, context, (WebClientInternal) web, own, batches, this);
    this.breaker =
        new Breaker(
            vertx,
            options.breaker(),
            this::probe,
            () -> transport.failWaiting(Failures::circuitOpen));
  }

  /**
   * Makes a call.
   *
   * @param timeout null for the client's
   * @param onFailure what stands in for an answer; null from it for an exceptional end
   */
  <T> Call<T> call(
      Wire.Request request,
      @Nullable Duration timeout,
      Call.Decoder<T> decoder,
      Call.Fallback<T> onFailure) {
    return call(request, null, timeout, decoder, onFailure);
  }

  /**
   * Makes a call.
   *
   * @param requestId of the call that this one repeats; null for one of its own
   */
  <T> Call<T> call(
      Wire.Request request,
      @Nullable String requestId,
      @Nullable Duration timeout,
      Call.Decoder<T> decoder,
      Call.Fallback<T> onFailure) {
    Call<T> call = newCall(request, requestId, timeout, decoder, onFailure);
    if (closed) {
      call.fail(new ClientClosedException(false));
    } else if (breaker.isOpen()) {
      call.fail(Failures.circuitOpen());
    } else if (pending.incrementAndGet() > maxPending) {
      pending.decrementAndGet();
      call.fail(
          new ClientBusyException(
              maxPending + " calls wait already: ask again later, or raise maxWaiting"));
    } else if (!transport.submit(call) || closed) {
      // The event loop is gone, or close() went past while this call was handed over.
      closeTransport();
    }
    return call;
  }

  /** Calls that this thread makes meanwhile travel together, where the server takes batches. */
  void together(Runnable calls) {
    if (!transport.startGathering()) {
      calls.run();
      return;
    }
    try {
      calls.run();
    } finally {
      if (!transport.endGathering() || closed) {
        closeTransport();
      }
    }
  }

  Extensions extensions() {
    return extensions;
  }

  void close() {
    closed = true;
    closeTransport();
  }

  @Override
  public boolean starting(Call<?> call) {
    if (breaker.isOpen()) {
      end(call, Failures.circuitOpen());
      return false;
    }
    call.breakerEpoch(breaker.epoch());
    return true;
  }

  @Override
  public void heard(Answer answer) {
    extensions.note(answer);
  }

  @Override
  public void answered(Call<?> call, Answer answer) {
    complete(call, answer);
  }

  @Override
  public void failed(Call<?> call, OnceOnlyException failure) {
    boolean isProbe = call.repeat() == Call.Repeat.NEVER;
    if (!isProbe && !closed && !call.isDone()) {
      account(call, failure);
      if (retry(call, failure)) {
        return;
      }
    }
    end(call, failure);
  }

  private <T> void complete(Call<T> call, Answer answer) {
    T value;
    try {
      value = call.decode(answer);
    } catch (OnceOnlyException e) {
      failed(call, e);
      return;
    } catch (RuntimeException e) {
      failed(call, errors.malformed(answer, "an answer that could not be read: " + e));
      return;
    }
    if (call.repeat() != Call.Repeat.NEVER) {
      pending.decrementAndGet();
      breaker.succeeded();
    }
    call.complete(value);
  }

  private void end(Call<?> call, OnceOnlyException failure) {
    if (call.repeat() != Call.Repeat.NEVER) {
      pending.decrementAndGet();
    }
    call.fail(failure);
  }

  /** Only an outage counts against the API; an answer that says no proves it alive. */
  private void account(Call<?> call, OnceOnlyException failure) {
    if (failure instanceof TransportException || failure.outage() != null) {
      if (!call.counts()) {
        return; // one request has failed, however many calls were in it
      }
      breaker.failed(call.breakerEpoch(), failure);
    } else if (!(failure instanceof UntrustedServerException)
        && !(failure instanceof ClientCertificateException)) {
      breaker.succeeded();
    }
  }

  private boolean retry(Call<?> call, OnceOnlyException failure) {
    if (call.retries() >= retries.maxRetries()
        || !Retries.isRetryable(failure)
        || breaker.isOpen()
        || !Retries.isSafe(failure, call.repeat(), extensions.replay())) {
      return false;
    }
    long waitNanos = Retries.delay(failure, retries, call.retries()).toNanos();
    if (call.nanosLeft(clock.getAsLong()) <= waitNanos) {
      return false;
    }
    call.countRetry();
    backingOff.add(call);
    transport.later(
        TimeUnit.NANOSECONDS.toMillis(waitNanos),
        () -> {
          if (backingOff.remove(call)) {
            transport.submit(call);
          }
        });
    return true;
  }

  private Future<Boolean> probe() {
    if (closed) {
      return Future.succeededFuture(true); // ends the breaker's own trials
    }
    Duration timeout =
        requestTimeout.compareTo(MAX_PROBE_TIME) < 0 ? requestTimeout : MAX_PROBE_TIME;
    Call<Boolean> probe =
        newCall(
            wire.probe(),
            null,
            timeout,
            (answer, id) -> provesAlive(answer),
            (failure, id) -> null);
    transport.sendNow(probe);
    return Future.fromCompletionStage(probe);
  }

  private boolean provesAlive(Answer answer) {
    if (answer.status() >= 500) {
      throw errors.of(answer);
    }
    if (answer.status() == 200 && !AccountAnswers.isObject(answer)) {
      throw errors.malformed(answer, "something else answers in place of the API");
    }
    return true;
  }

  private <T> Call<T> newCall(
      Wire.Request request,
      @Nullable String requestId,
      @Nullable Duration timeout,
      Call.Decoder<T> decoder,
      Call.Fallback<T> onFailure) {
    long now = clock.getAsLong();
    long patience = now + requestTimeout.toNanos();
    long deadline = timeout == null ? patience : now + timeout.toNanos();
    return new Call<>(
        request,
        requestId == null ? requestIds.get() : requestId,
        deadline,
        patience,
        decoder,
        onFailure);
  }

  private void closeTransport() {
    if (!transport.run(this::closeAll)) {
      closeAll();
    }
  }

  /** Not on the event loop where that is gone: then other threads may come here too. */
  private synchronized void closeAll() {
    for (Call<?> call : List.copyOf(backingOff)) {
      if (backingOff.remove(call)) {
        end(call, new ClientClosedException(false));
      }
    }
    transport.close();
  }
}
