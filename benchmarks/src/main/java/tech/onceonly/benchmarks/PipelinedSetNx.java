package tech.onceonly.benchmarks;

import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The floor: {@code SET NX EX} by hand, so many in one pipeline, one pipeline at a time. */
final class PipelinedSetNx implements Load {

  private static final SetArgs ONCE = SetArgs.Builder.nx().ex(3_600);
  private static final Duration BOUND = Duration.ofSeconds(60);

  private final int size;
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;

  PipelinedSetNx(int port, int size) {
    this.size = size;
    client = RedisClient.create(RedisURI.create("127.0.0.1", port));
    connection = client.connect(StringCodec.UTF8);
    connection.setAutoFlushCommands(false);
  }

  @Override
  public long claim(List<String> keys, Samples samples) {
    long began = System.nanoTime();
    for (int from = 0; from < keys.size(); from += size) {
      claimTogether(keys.subList(from, Math.min(keys.size(), from + size)), samples);
    }
    return System.nanoTime() - began;
  }

  private void claimTogether(List<String> keys, Samples samples) {
    long began = System.nanoTime();
    List<RedisFuture<String>> answers = new ArrayList<>(keys.size());
    for (String key : keys) {
      answers.add(connection.async().set(key, "1", ONCE));
    }
    connection.flushCommands();
    LettuceFutures.awaitAll(BOUND, answers.toArray(RedisFuture[]::new));
    samples.add(System.nanoTime() - began);
    for (RedisFuture<String> answer : answers) {
      if (!"OK".equals(answer.toCompletableFuture().join())) {
        throw new IllegalStateException("a new key was not won");
      }
    }
  }

  @Override
  public void close() {
    connection.close();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }
}
