package tech.onceonly.server.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A {@link RedisClaimStore}'s keys; listed in the order of their characters. */
final class RedisKeyStore implements KeyStore {
  /** What Redis looks at in one go: some tenths of a millisecond. */
  private static final int SCANNED_AT_ONCE = 1_000;

  private final RedisClaimStore store;

  RedisKeyStore(RedisClaimStore store) {
    this.store = store;
  }

  @Override
  public Future<KeyView> inspect(String key) {
    return store.look(RedisScript.INSPECT, key);
  }

  @Override
  public Future<KeyView> free(String key) {
    return store.look(RedisScript.FREE, key);
  }

  @Override
  public Future<KeyPage> list(String prefix, Which which, int limit, @Nullable String cursor) {
    return store.onLane(
        lane ->
            lane.nodes()
                .compose(nodes -> new Listing(lane, prefix, which, limit, cursor).over(nodes, 0)));
  }

  /**
   * Of all keys that fit the first ones in order, and one more that tells of further ones: Redis
   * itself knows no order, and may tell a key twice.
   */
  private final class Listing {
    private final RedisLane lane;
    private final String prefix;
    private final Which which;
    private final int limit;
    private final @Nullable String cursor;
    private final TreeMap<String, KeyView> first = new TreeMap<>();

    Listing(RedisLane lane, String prefix, Which which, int limit, @Nullable String cursor) {
      this.lane = lane;
      this.prefix = prefix;
      this.which = which;
      this.limit = limit;
      this.cursor = cursor;
    }

    Future<KeyPage> over(List<String> nodes, int index) {
      return index == nodes.size()
          ? Future.succeededFuture(page())
          : over(nodes.get(index), "0").compose(done -> over(nodes, index + 1));
    }

    private Future<Void> over(String node, String position) {
      Request scan =
          Request.cmd(Command.SCAN)
              .arg(position)
              .arg("MATCH")
              .arg(pattern())
              .arg("COUNT")
              .arg(SCANNED_AT_ONCE);
      return lane.send(node, scan)
          .compose(reply -> look(node, reply.get(1)).map(looked -> reply.get(0).toString()))
          .compose(next -> next.equals("0") ? Future.succeededFuture() : over(node, next));
    }

    private Future<Void> look(String node, Response names) {
      List<Future<@Nullable KeyView>> looks = new ArrayList<>();
      for (Response name : names) {
        String key = name.toString(UTF_8).substring(store.namePrefix().length());
        if (fits(key)) {
          looks.add(
              mayFit(node, name).compose(may -> may ? inspect(key) : Future.succeededFuture()));
        }
      }
      return Future.all(looks)
          .onSuccess(all -> looks.forEach(look -> keep(look.result())))
          .mapEmpty();
    }

    /** Few leases are in progress: the many others are not to be fetched with their results. */
    private Future<Boolean> mayFit(String node, Response name) {
      if (which == Which.HELD) {
        return Future.succeededFuture(true);
      }
      return lane.send(node, Request.cmd(Command.HGET).arg(name.toBytes()).arg("l.state"))
          .map(state -> state != null && state.toString().equals("held"))
          // A string has no lease; one that has just moved to another node is found there by what
          // looks at it.
          .otherwise(fault -> !(fault instanceof RedisException kind && kind.is("WRONGTYPE")));
    }

    private boolean fits(String key) {
      return (cursor == null || key.compareTo(cursor) > 0)
          && (first.size() <= limit || key.compareTo(first.lastKey()) < 0);
    }

    private void keep(@Nullable KeyView view) {
      if (view != null && which.fits(view)) {
        first.put(view.key(), view);
        if (first.size() > limit + 1) {
          first.pollLastEntry();
        }
      }
    }

    private KeyPage page() {
      boolean isMore = first.size() > limit;
      if (isMore) {
        first.pollLastEntry();
      }
      return new KeyPage(List.copyOf(first.values()), isMore ? first.lastKey() : null);
    }

    /** With what a pattern would take for more than itself escaped. */
    private String pattern() {
      return (store.namePrefix() + prefix).replaceAll("[\\\\*?\\[\\]^]", "\\\\$0") + "*";
    }
  }
}
