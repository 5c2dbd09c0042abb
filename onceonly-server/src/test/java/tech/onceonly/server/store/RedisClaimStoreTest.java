package tech.onceonly.server.store;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisClaimStoreTest extends ClaimStoreContract {
  private static final AtomicInteger PREFIXES = new AtomicInteger();
  private static RealRedis redis;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));

  @BeforeAll
  static void startRedis() throws Exception {
    redis = RealRedis.start();
  }

  @AfterAll
  static void stopRedis() throws Exception {
    if (redis != null) {
      redis.close();
    }
  }

  @AfterEach
  @Override
  void close() {
    super.close();
    await(vertx.close());
  }

  @Override
  ClaimStore newStore(InstantSource clock, int maxKeys) {
    String url = redis.url() + "?prefix=test-" + PREFIXES.incrementAndGet();
    return await(RedisClaimStore.open(vertx, RedisSettings.of(url), clock));
  }

  @Override
  boolean isBoundedByKeys() {
    return false;
  }
}
