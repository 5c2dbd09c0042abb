package tech.onceonly.server.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a store at a Redis that may not be up yet, or too busy to answer in time: both start
 * together after a machine's restart. Tries again for as long as {@link
 * RedisSettings#startTimeout()}; what would not pass by itself is told at once. Of one event loop.
 */
public final class RedisStart {
  private static final Logger LOG = LoggerFactory.getLogger(RedisStart.class);

  /** Between two tries. */
  private static final long REST_MILLIS = 500;

  private final Vertx vertx;
  private final RedisSettings settings;
  private final @Nullable InstantSource clock;
  private final Promise<RedisClaimStore> outcome = Promise.promise();
  private boolean waiting;
  private boolean late;

  private RedisStart(Vertx vertx, RedisSettings settings, @Nullable InstantSource clock) {
    this.vertx = vertx;
    this.settings = settings;
    this.clock = clock;
  }

  /** As {@link RedisClaimStore#open}, with patience. */
  public static Future<RedisClaimStore> open(
      Vertx vertx, RedisSettings settings, @Nullable InstantSource clock) {
    RedisStart start = new RedisStart(vertx, settings, clock);
    vertx.runOnContext(unused -> start.begin());
    return start.outcome.future();
  }

  private void begin() {
    long millis = settings.startTimeout().toMillis();
    if (millis == 0) {
      late = true;
    } else {
      long end = vertx.setTimer(millis, over -> late = true);
      outcome.future().onComplete(ended -> vertx.cancelTimer(end));
    }
    tryOnce();
  }

  private void tryOnce() {
    RedisClaimStore.open(vertx, settings, clock).onComplete(this::opened, this::failed);
  }

  private void opened(RedisClaimStore store) {
    if (waiting) {
      LOG.info("The store {} is there", settings);
    }
    outcome.complete(store);
  }

  private void failed(Throwable fault) {
    if (!RedisFaults.mayPass(fault)) {
      outcome.fail(fault);
    } else if (late) {
      outcome.fail(waiting ? inVain(fault) : fault);
    } else {
      if (!waiting) {
        waiting = true;
        LOG.warn(
            "{}; trying again for up to {} ms",
            fault.getMessage(),
            settings.startTimeout().toMillis());
      }
      vertx.setTimer(REST_MILLIS, rested -> tryOnce());
    }
  }

  private StoreOpenException inVain(Throwable fault) {
    return new StoreOpenException(
        "%s; tried again for %d ms (start-timeout-ms)"
            .formatted(fault.getMessage(), settings.startTimeout().toMillis()),
        fault);
  }
}
