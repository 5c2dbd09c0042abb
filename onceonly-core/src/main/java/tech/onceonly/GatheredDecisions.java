package tech.onceonly;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/** Waits for the decisions of deliveries that were asked for together, to tell them as one. */
final class GatheredDecisions {

  private final GuardEvents.Asked asked;
  private final AtomicReferenceArray<Decision> decisions;
  private final AtomicInteger open;

  private GatheredDecisions(GuardEvents.Asked asked, int size) {
    this.asked = asked;
    decisions = new AtomicReferenceArray<>(size);
    open = new AtomicInteger(size);
  }

  /** Tells them when the last is there. Costs nothing where nobody listens. */
  static void tell(GuardEvents.Asked asked, List<CompletionStage<Decision>> stages) {
    if (asked == GuardEvents.Asked.NOBODY || stages.isEmpty()) {
      return;
    }
    GatheredDecisions gathered = new GatheredDecisions(asked, stages.size());
    for (int i = 0; i < stages.size(); i++) {
      int index = i;
      var unused = stages.get(i).thenAccept(decision -> gathered.add(index, decision));
    }
  }

  private void add(int index, Decision decision) {
    decisions.set(index, decision);
    if (open.decrementAndGet() == 0) {
      asked.decided(IntStream.range(0, decisions.length()).mapToObj(decisions::get).toList());
    }
  }
}
