package tech.onceonly.server.store;

import io.vertx.redis.client.Response;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads what the scripts give. */
final class RedisReplies {
  private RedisReplies() {}

  static IllegalStateException notOurs(RuntimeException fault) {
    return new IllegalStateException("Redis holds what no server has written there", fault);
  }

  /** Where nothing else is told of a key. */
  static CheckLockAnswer won(Response reply, long ttlSeconds) {
    return new CheckLockAnswer(CheckLockAnswer.Verdict.LOCKED, ttlSeconds, number(reply, 0), false);
  }

  /** Which key that is told of, from 0. */
  static int place(Response key) {
    return Math.toIntExact(number(key, 0) - 1);
  }

  static boolean promisesWrite(Response key) {
    return text(key, 1).equals(CheckLockAnswer.Verdict.LOCKED.name());
  }

  /** Null where there is an answer. */
  static @Nullable RedisException refusal(Response key) {
    return text(key, 1).equals("REFUSED") ? new RedisException(text(key, 2)) : null;
  }

  static CheckLockAnswer checkLock(Response key) {
    CheckLockAnswer.Verdict verdict = CheckLockAnswer.Verdict.valueOf(text(key, 1));
    return verdict == CheckLockAnswer.Verdict.FULL
        ? CheckLockAnswer.FULL
        : new CheckLockAnswer(verdict, number(key, 2), number(key, 3), element(key, 4) != null);
  }

  static Boolean release(Response reply) {
    return Objects.requireNonNull(reply.toLong()) == 1;
  }

  static LeaseAnswer lease(Response reply) {
    LeaseView view = view(reply);
    return switch (text(reply, 0)) {
      case "ACQUIRED" -> new LeaseAnswer.Acquired(view);
      case "TAKEN" -> new LeaseAnswer.Taken(view, false);
      case "TAKEN_UNLIKE" -> new LeaseAnswer.Taken(view, true);
      default -> throw new IllegalStateException("no answer to a lease: " + text(reply, 0));
    };
  }

  static SettleAnswer settle(Response reply) {
    LeaseView view = view(reply);
    return text(reply, 0).equals("SETTLED")
        ? new SettleAnswer.Settled(view)
        : new SettleAnswer.Lost(view);
  }

  static LeaseView view(Response reply) {
    return Lease.viewOf(lease(reply, 2), number(reply, 1));
  }

  static KeyView look(String key, Response reply) {
    Response found = reply.get(2);
    long now = number(found, 1);
    Claim claim =
        reply.get(0) == null ? null : Claim.won(null, "", number(reply, 1), null, number(reply, 0));
    return KeyView.of(key, claim, lease(found, 2), now);
  }

  private static @Nullable Lease lease(Response reply, int from) {
    if (reply.size() <= from) {
      return null;
    }
    Response result = element(reply, from + 7);
    return Lease.of(
        text(reply, from),
        new Lease.Holding(
            "", number(reply, from + 1), number(reply, from + 2), number(reply, from + 3), null),
        number(reply, from + 4),
        textOrNull(reply, from + 5),
        textOrNull(reply, from + 6),
        result == null ? null : new ResultJson(result.toBytes()),
        element(reply, from + 8) != null);
  }

  private static long number(Response reply, int index) {
    return Objects.requireNonNull(reply.get(index).toLong());
  }

  private static String text(Response reply, int index) {
    return reply.get(index).toString();
  }

  private static @Nullable String textOrNull(Response reply, int index) {
    Response text = element(reply, index);
    return text == null ? null : text.toString();
  }

  /** What a script leaves out at the end is absent as what it gives as none. */
  private static @Nullable Response element(Response reply, int index) {
    return index < reply.size() ? reply.get(index) : null;
  }
}
