package tech.onceonly.server.store;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An operation on its way through a {@link GroupWriter}, and where its answer goes. */
final class Asked<T, A> {
  private static final Logger LOG = LoggerFactory.getLogger(Asked.class);

  private final GroupWriter.Work<T, A> work;
  private final int bytes;
  private final Promise<A> promise = Promise.promise();

  /** The event loop that asked: there, and nowhere else, it wants the answer. */
  private final @Nullable Context asker = Vertx.currentContext();

  private @Nullable A answer;
  private @Nullable Throwable fault;

  Asked(GroupWriter.Work<T, A> work, int bytes) {
    this.work = work;
    this.bytes = bytes;
  }

  Future<A> future() {
    return promise.future();
  }

  int bytes() {
    return bytes;
  }

  void runOn(T target) {
    try {
      answer = work.run(target);
    } catch (RuntimeException e) {
      fault = e;
    }
  }

  void failed(Throwable cause) {
    fault = cause;
  }

  /** Gives everybody their answers, those of one event loop by one hand-over. */
  static <T> void answerAll(List<Asked<T, ?>> group) {
    IdentityHashMap<Context, List<Asked<T, ?>>> byAsker = new IdentityHashMap<>();
    for (Asked<T, ?> asked : group) {
      if (asked.asker == null) {
        asked.giveAnswer();
      } else {
        byAsker.computeIfAbsent(asked.asker, unused -> new ArrayList<>()).add(asked);
      }
    }
    byAsker.forEach(Asked::giveAnswers);
  }

  private static <T> void giveAnswers(Context asker, List<Asked<T, ?>> group) {
    try {
      asker.runOnContext(unused -> group.forEach(Asked::giveAnswer));
    } catch (RejectedExecutionException e) {
      LOG.warn("{} answers had nobody left to take them", group.size(), e);
    }
  }

  private void giveAnswer() {
    if (fault != null) {
      promise.fail(fault);
    } else {
      promise.complete(answer);
    }
  }
}
