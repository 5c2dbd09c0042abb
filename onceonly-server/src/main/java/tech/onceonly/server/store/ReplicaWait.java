package tech.onceonly.server.store;

import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node has carried out, but for all that is known none of its replicas yet. Of one link. */
final class ReplicaWait {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaWait.class);

  private final int replicas;
  private final long maxMillis;
  private List<Done> unreplicated = new ArrayList<>();
  private boolean isAsking;
  private boolean isShort;

  ReplicaWait(RedisSettings settings) {
    replicas = settings.waitReplicas();
    maxMillis = settings.timeout().toMillis() / 2;
  }

  private record Done(Promise<Response> promise, Response reply) {}

  /**
   * Keeps the reply until enough replicas have what it tells of.
   *
   * @return whether {@link #request} is to be sent: none is on its way
   */
  boolean add(Promise<Response> promise, Response reply) {
    unreplicated.add(new Done(promise, reply));
    boolean wasAsking = isAsking;
    isAsking = true;
    return !wasAsking;
  }

  /** Is answered once enough replicas have what the connection has written before. */
  Request request() {
    return Request.cmd(Command.WAIT).arg(replicas).arg(maxMillis);
  }

  /**
   * Gives the replies that came before this one.
   *
   * @param count of the replicas that have it all; null where Redis did not tell
   */
  void answered(@Nullable Integer count) {
    boolean wasShort = isShort;
    isShort = count == null || count < replicas;
    if (isShort) {
      if (!wasShort) {
        LOG.error(
            "Of the {} replicas that are waited for {} have what was written; writes are answered"
                + " 503 until enough have it",
            replicas,
            count);
      }
      fail(RedisLink.inDoubt());
      return;
    }
    startAnew().forEach(done -> done.promise.complete(done.reply));
  }

  void fail(StoreUnavailableException cause) {
    startAnew().forEach(done -> done.promise.fail(cause));
  }

  private List<Done> startAnew() {
    List<Done> known = unreplicated;
    unreplicated = new ArrayList<>();
    isAsking = false;
    return known;
  }
}
