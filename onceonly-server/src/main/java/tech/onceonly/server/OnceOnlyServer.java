package tech.onceonly.server;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.store.Capacity;
import tech.onceonly.server.store.ClaimStore;
import tech.onceonly.server.store.StoreOpenException;

/**
 * The OnceOnly HTTP API in this JVM, on a store in memory, on disk or in a Redis ({@link
 * ServerOptions.Builder#store}): for tests, and for use on one's own machines.
 *
 * <p>Promises: of any number of racing calls for a key one wins; a live claim is never dropped to
 * make room; every answer declares {@code X-OnceOnly-Release}, {@code X-OnceOnly-Replay} and {@code
 * X-OnceOnly-Batch}.
 *
 * <p>Does not promise: that a claim in memory outlives this process. Usage, and the limits of
 * tenants that go by it, are counted in this process, and begin at zero with it.
 *
 * <p>Speaks HTTP/1.1, with pipelining, and HTTP/2: with TLS where the caller prefers it, without by
 * upgrade or prior knowledge. Thread-safe.
 */
public final class OnceOnlyServer implements AutoCloseable {
  private static final Duration START_BOUND = Duration.ofSeconds(30);

  /** What closing takes beyond draining. */
  private static final Duration CLOSE_MARGIN = Duration.ofSeconds(10);

  private final ServerOptions options;
  private final Vertx vertx;
  private final ClaimStore store;
  private final ServerProbe probe;
  private final FaultGate gate;
  private final ServerMetrics metrics;
  private final Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();

  /** Guarded by {@code servers}; null until a stop has begun. */
  private @Nullable CompletionStage<Void> stopped;

  private OnceOnlyServer(ServerOptions options, Vertx vertx, ClaimStore store, ServerProbe probe) {
    this.options = options;
    this.vertx = vertx;
    this.store = store;
    this.probe = probe;
    gate = new FaultGate(probe);
    metrics = options.metrics() ? ServerMetrics.start() : ServerMetrics.NONE;
  }

  /**
   * Starts a server and waits until it listens.
   *
   * @throws ServerException if it cannot, for example because the port is in use
   */
  public static OnceOnlyServer start(ServerOptions options) {
    return start(options, ServerProbe.NONE);
  }

  /**
   * As {@link #start(ServerOptions)}, with a probe: for test kits.
   *
   * @throws ServerException if it cannot, for example because the port is in use
   */
  public static OnceOnlyServer start(ServerOptions options, ServerProbe probe) {
    Vertx vertx = Vertx.vertx(vertxOptions(options));
    ClaimStore store = open(options, vertx);
    OnceOnlyServer server = new OnceOnlyServer(options, vertx, store, probe);
    try {
      BlockingBridge.await(server.listen().toCompletionStage(), START_BOUND, "Starting the server");
      return server;
    } catch (ServerException e) {
      BlockingBridge.await(
          store.close().transform(closed -> vertx.close()).toCompletionStage(),
          CLOSE_MARGIN,
          "Closing what had started");
      throw ListenFaults.explained(options, e);
    }
  }

  /** Where the API is, with its path: what a client takes as its base URL. */
  public URI baseUrl() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    String scheme = options.tls() == null ? "http://" : "https://";
    return URI.create(scheme + host + ":" + port() + "/v1");
  }

  /** The port that it listens on. */
  public int port() {
    HttpServer any = servers.peek();
    if (any == null) {
      throw new IllegalStateException("The server has been stopped");
    }
    return any.actualPort();
  }

  /**
   * Forgets every claim and lease, and breaks off what a probe holds back: for test kits, between
   * tests. What is being handled meanwhile may come before it or after.
   */
  public void clear() {
    gate.breakOff();
    BlockingBridge.await(store.clear().toCompletionStage(), CLOSE_MARGIN, "Clearing the store");
  }

  /**
   * Stops: accepts nothing more, closes idle connections, waits for requests in flight up to the
   * drain timeout, then frees everything. A connection that never sent anything is closed only at
   * the drain timeout. Does not block; repetition is harmless.
   */
  public CompletionStage<Void> stop() {
    synchronized (servers) {
      if (stopped == null) {
        stopped = drainAndClose().toCompletionStage();
      }
      return stopped;
    }
  }

  /** As {@link #stop()}, and waits for it. */
  @Override
  public void close() {
    BlockingBridge.await(stop(), options.drainTimeout().plus(CLOSE_MARGIN), "Stopping the server");
  }

  private Future<?> listen() {
    List<Tenant> tenants =
        options.tenants().stream()
            .map(tenant -> new Tenant(tenant, store, options.clock(), probe, metrics))
            .toList();
    RequestReader reader = new RequestReader();
    KeyLists lists = new KeyLists();
    Capacity connections = new Capacity(options.maxConnections());
    tenants.forEach(tenant -> metrics.expect(tenant.settings().name()));
    metrics.watch(store, connections);
    vertx.setPeriodic(ClaimStore.HOUSEKEEPING_MILLIS, timer -> store.housekeep());
    return vertx.deployVerticle(
        () ->
            new HttpVerticle(
                options,
                connections,
                new RequestHandler(
                    options,
                    tenants,
                    store,
                    metrics,
                    lists,
                    System::nanoTime,
                    reader,
                    new RandomIds()),
                probe == ServerProbe.NONE ? null : gate,
                servers::add),
        new DeploymentOptions().setInstances(options.eventLoops()));
  }

  private Future<Void> drainAndClose() {
    gate.breakOff();
    List<Future<Void>> drained =
        servers.stream()
            .map(s -> s.shutdown(options.drainTimeout().toMillis(), TimeUnit.MILLISECONDS))
            .toList();
    return Future.join(drained)
        // It gives its last answers on event loops.
        .transform(outcome -> store.close())
        .transform(outcome -> vertx.close())
        .onComplete(closed -> metrics.close());
  }

  private static ClaimStore open(ServerOptions options, Vertx vertx) {
    try {
      return options.store().open(options, vertx);
    } catch (StoreOpenException e) {
      BlockingBridge.await(vertx.close().toCompletionStage(), CLOSE_MARGIN, "Closing Vert.x");
      throw new ServerException(String.valueOf(e.getMessage()), e);
    }
  }

  private static VertxOptions vertxOptions(ServerOptions options) {
    // Nothing is read from files or the class path, and nearly nothing blocks.
    return new VertxOptions()
        .setEventLoopPoolSize(options.eventLoops())
        .setWorkerPoolSize(1)
        .setInternalBlockingPoolSize(2)
        .setFileSystemOptions(
            new FileSystemOptions()
                .setFileCachingEnabled(false)
                .setClassPathResolvingEnabled(false));
  }
}
