package tech.onceonly.server.store;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Looks for an order of one key's calls in which {@link StoreModel}, alone and one after the other,
 * gives the very answers that were given: Wing and Gong's search, with Lowe's memory of what has
 * been tried. A call that got no answer may stand anywhere after its question, or nowhere.
 */
final class Linearization {
  /** Beyond it a history is too tangled to be judged: it takes fewer threads, or rounds. */
  private static final int MAX_TRIED = 50_000;

  private record Tried(BitSet done, StoreModel state) {}

  private final List<History.Call> calls;
  private final Set<Tried> tried = new HashSet<>();
  private BitSet furthest = new BitSet();

  /**
   * @param calls in the order in which they were asked
   */
  Linearization(List<History.Call> calls) {
    this.calls = calls;
  }

  void assertFound() {
    if (!isFound(new BitSet(), new StoreModel())) {
      throw new AssertionError(
          "No order of these calls gives these answers; * marks those of the longest that does:\n"
              + IntStream.range(0, calls.size())
                  .mapToObj(i -> (furthest.get(i) ? "* " : "  ") + calls.get(i))
                  .collect(Collectors.joining("\n")));
    }
  }

  private boolean isFound(BitSet done, StoreModel state) {
    long firstAnswer = firstAnswerAfter(done);
    if (firstAnswer == History.NEVER) {
      return true;
    }
    if (!tried.add(new Tried((BitSet) done.clone(), state))) {
      return false;
    }
    if (tried.size() > MAX_TRIED) {
      throw new AssertionError("This history is too tangled to be judged: " + calls);
    }
    if (done.cardinality() > furthest.cardinality()) {
      furthest = (BitSet) done.clone();
    }
    // Whoever was asked after another's answer comes after it.
    for (int i = done.nextClearBit(0);
        i < calls.size() && calls.get(i).askedAt() < firstAnswer;
        i = done.nextClearBit(i + 1)) {
      History.Call call = calls.get(i);
      StoreModel next = state.copy();
      String answer = call.step().modelled().answer(next, call.now());
      if (!call.isAnswered() || answer.equals(call.answer())) {
        done.set(i);
        if (isFound(done, next)) {
          return true;
        }
        done.clear(i);
      }
    }
    return false;
  }

  private long firstAnswerAfter(BitSet done) {
    long first = History.NEVER;
    for (int i = done.nextClearBit(0); i < calls.size(); i = done.nextClearBit(i + 1)) {
      first = Math.min(first, calls.get(i).answeredAt());
    }
    return first;
  }
}
