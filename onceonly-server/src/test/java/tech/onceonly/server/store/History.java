package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * What was asked of a store and answered by it, from many threads. Before and after are told by one
 * counter that all share, and by no clock.
 */
final class History {
  /**
   * An operation that has been asked.
   *
   * @param now the store's time, which stood still meanwhile
   * @param answeredAt {@link #NEVER} where no answer came: it may have been carried out or not, and
   *     may be still
   * @param answer or, where none came, why
   */
  record Call(StoreStep step, long now, long askedAt, long answeredAt, String answer) {
    boolean isAnswered() {
      return answeredAt != NEVER;
    }

    @Override
    public String toString() {
      return "%4d-%s  %s at %d: %s"
          .formatted(
              askedAt,
              isAnswered() ? "%-4d".formatted(answeredAt) : "    ",
              step.told(),
              now,
              answer);
    }
  }

  static final long NEVER = Long.MAX_VALUE;

  private final AtomicLong counter = new AtomicLong();
  private final List<Call> calls = Collections.synchronizedList(new ArrayList<>());

  /** Asks, and takes it down once it is answered, or has failed. */
  Future<Void> ask(ClaimStore store, StoreStep step, long now) {
    long askedAt = counter.getAndIncrement();
    return step.asked()
        .apply(store)
        .map(answer -> new Call(step, now, askedAt, counter.getAndIncrement(), answer))
        .otherwise(fault -> new Call(step, now, askedAt, NEVER, fault.toString()))
        .map(
            call -> {
              calls.add(call);
              return null;
            });
  }

  List<Call> unanswered() {
    return calls.stream().filter(call -> !call.isAnswered()).toList();
  }

  /**
   * Fails where a key's answers are not those of any order of its operations that keeps each one
   * between its question and its answer. Keys do not touch each other, so each is looked at by
   * itself.
   */
  void assertLinearizable() {
    Map<String, List<Call>> byKey =
        calls.stream()
            .collect(
                Collectors.groupingBy(
                    call -> call.step().key(), TreeMap::new, Collectors.toList()));
    byKey.forEach(
        (key, ofKey) -> {
          ofKey.sort(Comparator.comparingLong(Call::askedAt));
          new Linearization(ofKey).assertFound();
        });
  }
}
