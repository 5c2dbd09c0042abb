package tech.onceonly.client;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.impl.ClientPhase;
import io.vertx.ext.web.client.impl.HttpContext;
import io.vertx.ext.web.client.impl.WebClientInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Sends calls and brings back answers, all on one event loop: callers hand over through a queue
 * that one task drains, however many they are. Every call ends by its deadline, whatever comes of
 * its request.
 */
final class Transport {

  /** What becomes of a call. Called on the event loop. */
  interface Outcomes {
    /** The call is about to be sent; not sent where this is false, which has then ended it. */
    boolean starting(Call<?> call);

    /** An answer came, be it to one call or to a batch. */
    void heard(Answer answer);

    void answered(Call<?> call, Answer answer);

    void failed(Call<?> call, OnceOnlyException failure);
  }

  /** One look over all calls in flight, in place of a timer for each. */
  private static final long SWEEP_MILLIS = 10;

  /** A poll of hundreds is asked for in less, unless its keys are slow to find. */
  private static final long MOST_GATHERING_MILLIS = 5;

  /** Of the answer to a batch, whose members' answers are bounded each. */
  private static final long MOST_BYTES = 64L << 20;

  /** After a reset Vert.x ends the request; should it not, its place is taken back. */
  private static final long RESET_GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final ContextInternal context;
  private final WebClientInternal web;
  private final OwnCertificate own;
  private final Outcomes outcomes;
  private final LongSupplier clock;
  private final SocketAddress server;
  private final BaseUrl baseUrl;
  private final String authorization;
  private final String userAgent;
  private final int maxInFlight;
  private final int maxBytes;
  private final int pipelining;
  private final Batches batches;

  private final Queue<Call<?>> handedOver = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean drainDue = new AtomicBoolean();

  /** Whether what is gathered will be handed over by a timer. */
  private final AtomicBoolean soonDue = new AtomicBoolean();

  /** The thread whose calls are handed over together; null where none does that. */
  private final AtomicReference<Thread> gatherer = new AtomicReference<>();

  /** Of its calls. Used by it alone. */
  private int gathered;

  // What follows is used on the event loop alone.
  private final ArrayDeque<Call<?>> waiting = new ArrayDeque<>();
  private final List<Attempt> inFlight = new ArrayList<>();

  /** Those in flight that are, or could have been, a batch. */
  private final Set<Attempt> together = new LinkedHashSet<>();

  private boolean sweeping;
  private boolean closed;

  Transport(
      ClientOptions options,
      ContextInternal context,
      WebClientInternal web,
      OwnCertificate own,
      Batches batches,
      Outcomes out) {
    this.batches = batches;
    this.context = context;
    this.web = web;
    this.own = own;
    this.outcomes = out;
    this.clock = options.nanoClock();
    this.baseUrl = options.baseUrl();
    this.server = SocketAddress.inetSocketAddress(baseUrl.port(), baseUrl.connectHost());
    this.authorization = "Bearer " + options.apiKey();
    this.userAgent = options.userAgent();
    this.maxInFlight = options.connections().maxInFlight();
    this.maxBytes = options.connections().maxResponseBytes();
    this.pipelining = options.connections().pipeliningFor(baseUrl.tls());
    web.addInterceptor(this::intercept);
  }

  /** From any thread. False where the event loop is gone. */
  boolean submit(Call<?> call) {
    handedOver.add(call);
    if (gatherer.get() == Thread.currentThread() && ++gathered % batches.most() != 0) {
      return handOverSoon();
    }
    return handOver();
  }

  /** Whatever the gathering thread is at: it may be slow, or wait for the very call. */
  private boolean handOverSoon() {
    if (soonDue.get() || !soonDue.compareAndSet(false, true)) {
      return true;
    }
    try {
      later(MOST_GATHERING_MILLIS, this::drain);
      return true;
    } catch (RejectedExecutionException e) {
      return handOver(); // the event loop is gone, which this tells
    }
  }

  private boolean handOver() {
    if (!drainDue.compareAndSet(false, true) || run(this::drain)) {
      return true;
    }
    drainDue.set(false);
    return false;
  }

  /**
   * From here on this thread's calls are handed over when they fill a batch, a few milliseconds
   * after the first of them, and at the end. One by one, the first would travel alone, and the rest
   * in two or three batches. Calls of other threads go on at once, and take along what is there.
   *
   * @return false where a thread gathers already: then there is no end to tell
   */
  boolean startGathering() {
    if (!gatherer.compareAndSet(null, Thread.currentThread())) {
      return false;
    }
    gathered = 0;
    return true;
  }

  /** False where the event loop is gone. */
  boolean endGathering() {
    gatherer.set(null);
    return handOver();
  }

  /** Runs on the event loop. False where it is gone. */
  boolean run(Runnable task) {
    try {
      context.runOnContext(v -> task.run());
      return true;
    } catch (RejectedExecutionException e) {
      return false; // the caller ends what can no longer run
    }
  }

  void later(long millis, Runnable task) {
    context.setTimer(Math.max(1, millis), id -> task.run());
  }

  /** Sends past all bounds, for the trial that must not wait behind what it is to free. */
  void sendNow(Call<?> call) {
    send(call, List.of(call), false);
  }

  /** Ends everything that has not been sent. */
  void failWaiting(Supplier<OnceOnlyException> failure) {
    for (Call<?> call = waiting.poll(); call != null; call = waiting.poll()) {
      outcomes.failed(call, failure.get());
    }
  }

  /** Ends everything. On the event loop, or when that is gone. */
  void close() {
    closed = true;
    for (Call<?> call = handedOver.poll(); call != null; call = handedOver.poll()) {
      outcomes.failed(call, new ClientClosedException(false));
    }
    failWaiting(() -> new ClientClosedException(false));
    for (Attempt attempt : List.copyOf(inFlight)) {
      attempt.end(
          any -> true, call -> outcomes.failed(call, new ClientClosedException(attempt.sent())));
    }
    inFlight.clear();
    web.close();
  }

  private void drain() {
    drainDue.set(false);
    soonDue.set(false);
    for (Call<?> call = handedOver.poll(); call != null; call = handedOver.poll()) {
      waiting.add(call);
    }
    startWaiting();
    if (!waiting.isEmpty()) {
      sweepSoon();
    }
  }

  private void startWaiting() {
    while (inFlight.size() < maxInFlight && !waiting.isEmpty()) {
      if (!batches.takes(waiting.element())) {
        Call<?> call = waiting.remove();
        if (starts(call)) {
          send(call, List.of(call), false);
        }
      } else if (mayGo()) {
        sendTogether(batches.gather(waiting, this::starts));
      } else {
        return; // they gather for the next
      }
    }
  }

  /** One that hangs must not stop the others for longer than a moment. */
  private boolean mayGo() {
    if (together.size() < Batches.IN_FLIGHT) {
      return true;
    }
    long now = clock.getAsLong();
    long young =
        together.stream().filter(each -> now - each.sentNanos < Batches.SLOW_NANOS).count();
    return young < Batches.IN_FLIGHT && together.size() < Batches.MOST_IN_FLIGHT;
  }

  private void sendTogether(List<Call<?>> calls) {
    if (!calls.isEmpty()) {
      send(calls.size() == 1 ? calls.get(0) : batches.carrier(calls), calls, true);
    }
  }

  /** Whether it is to be sent; if not, it is ended. */
  private boolean starts(Call<?> call) {
    long now = clock.getAsLong();
    if (closed || call.isDone()) {
      // A call that is done was cancelled, and is only to be counted out.
      outcomes.failed(call, new ClientClosedException(false));
      return false;
    }
    if (call.nanosLeft(now) <= 0) {
      outcomes.failed(call, Failures.timeout(false));
      return false;
    }
    return outcomes.starting(call);
  }

  private void send(Call<?> call, List<Call<?>> members, boolean batchable) {
    long most = Math.min((long) maxBytes * members.size(), Math.max(maxBytes, MOST_BYTES));
    Attempt attempt = new Attempt(call, members, (int) most, clock.getAsLong());
    if (batchable) {
      together.add(attempt);
    }
    attempt.index = inFlight.size();
    inFlight.add(attempt);
    sweepSoon();
    try {
      request(attempt).onComplete(result -> ended(attempt, result));
    } catch (RuntimeException e) {
      ended(attempt, Future.failedFuture(e)); // the Vert.x that was given is closed
    }
  }

  private Future<HttpResponse<Buffer>> request(Attempt attempt) {
    Call<?> call = attempt.call;
    HttpRequest<Buffer> request =
        web.request(call.method(), server, baseUrl.port(), baseUrl.host(), call.uri()).as(attempt);
    request
        .headers()
        .set(HttpHeaders.AUTHORIZATION, authorization)
        .set(HttpHeaders.USER_AGENT, userAgent)
        .set(Answer.REQUEST_ID, call.requestId());
    JsonBytes body = call.body();
    if (body == null) {
      return request.send();
    }
    request.headers().set(HttpHeaders.CONTENT_TYPE, "application/json");
    return request.sendBuffer(body.toBuffer());
  }

  /** Web Client has a connection: from here on the call is sent, unless nobody wants it now. */
  private void intercept(HttpContext<?> http) {
    if (http.phase() == ClientPhase.SEND_REQUEST) {
      Attempt attempt = (Attempt) http.request().bodyCodec();
      if (attempt.isUnwanted()) {
        http.fail(new IllegalStateException("the call has ended before it was sent"));
        return;
      }
      attempt.sending(http.clientRequest());
    }
    http.next();
  }

  private void ended(Attempt attempt, AsyncResult<HttpResponse<Buffer>> result) {
    release(attempt);
    if (attempt.oversized()) {
      attempt.end(any -> true, call -> outcomes.failed(call, Failures.oversized(maxBytes)));
    } else if (result.succeeded()) {
      HttpResponse<Buffer> response = result.result();
      answered(attempt, new Answer(response.statusCode(), response.headers(), response.body()));
    } else {
      OnceOnlyException failure = Failures.of(result.cause(), attempt.sent(), own.isAskedFor());
      attempt.end(any -> true, call -> outcomes.failed(call, failure));
    }
    startWaiting();
  }

  private void answered(Attempt attempt, Answer answer) {
    own.letIn();
    outcomes.heard(answer);
    if (attempt.isBatch()) {
      batches.answered(attempt, answer, outcomes, waiting::add);
    } else {
      attempt.end(any -> true, call -> outcomes.answered(call, answer));
    }
  }

  private void release(Attempt attempt) {
    if (attempt.released) {
      return;
    }
    attempt.released = true;
    together.remove(attempt);
    int last = inFlight.size() - 1;
    if (last < 0) {
      return; // closed meanwhile
    }
    Attempt moved = inFlight.remove(last);
    if (moved != attempt) {
      moved.index = attempt.index;
      inFlight.set(attempt.index, moved);
    }
  }

  private void sweepSoon() {
    if (!sweeping) {
      sweeping = true;
      later(SWEEP_MILLIS, this::sweep);
    }
  }

  private void sweep() {
    sweeping = false;
    long now = clock.getAsLong();
    for (Attempt attempt : List.copyOf(inFlight)) {
      sweep(attempt, now);
    }
    // Taken out first: what is failed may open the circuit, which ends all that wait.
    List<Call<?>> late =
        waiting.stream().filter(call -> call.isDone() || call.nanosLeft(now) <= 0).toList();
    if (!late.isEmpty()) {
      waiting.removeAll(Set.copyOf(late));
      late.forEach(call -> outcomes.failed(call, Failures.timeout(false)));
    }
    startWaiting();
    if (!inFlight.isEmpty() || !waiting.isEmpty()) {
      sweepSoon();
    }
  }

  private void sweep(Attempt attempt, long now) {
    if (attempt.released) {
      return;
    }
    attempt.end(
        call -> call.isDone() || call.nanosLeft(now) <= 0,
        call -> outcomes.failed(call, Failures.timeout(attempt.sent())));
    if (!attempt.settled) {
      return;
    }
    if (!attempt.sent()) {
      release(attempt); // still without a connection; it is not sent when it gets one
    } else if (attempt.resetNanos == 0) {
      // On a shared connection a reset ends the other calls too: they are given their full time.
      if (attempt.standsAlone(pipelining) || attempt.isHopeless(now)) {
        attempt.resetNanos = now == 0 ? 1 : now;
        attempt.reset();
      }
    } else if (now - attempt.resetNanos >= RESET_GRACE_NANOS) {
      release(attempt);
    }
  }
}
