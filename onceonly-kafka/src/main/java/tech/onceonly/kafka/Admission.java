package tech.onceonly.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import tech.onceonly.BlockingBridge;
import tech.onceonly.Decision;
import tech.onceonly.Decision.Hold;
import tech.onceonly.Decision.Refuse;
import tech.onceonly.Standstill;

/** Stands still until each of some records may run or be skipped. For one thread, once. */
final class Admission {

  private final KafkaGuard guard;
  private final List<? extends ConsumerRecord<?, ?>> records;
  private final Standstill standstill;
  private final Map<Integer, Decision> admitted = new TreeMap<>();
  private boolean interrupted;

  Admission(KafkaGuard guard, List<? extends ConsumerRecord<?, ?>> records) {
    this.guard = guard;
    this.records = records;
    KafkaOptions options = guard.options();
    standstill =
        new Standstill("group " + options.namespace(), options.maxHold(), options.nanoTime());
  }

  List<Decision> await() {
    try {
      Decision obstacle = ask(records.size());
      while (admitted.size() < records.size()) {
        pause(standstill.pause(obstacle, records.size() - admitted.size()));
        // The first alone: as few claims as can be are held while it stands still.
        obstacle = ask(obstacle == null ? records.size() : 1);
      }
      standstill.end();
      return new ArrayList<>(admitted.values());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Asks for the next so many that are open; what stands in their way, or null. */
  private @Nullable Decision ask(int most) {
    List<Integer> asked = new ArrayList<>();
    List<ConsumerRecord<?, ?>> open = new ArrayList<>();
    for (int i = 0; i < records.size() && open.size() < most; i++) {
      if (!admitted.containsKey(i)) {
        asked.add(i);
        open.add(records.get(i));
      }
    }
    Decision obstacle = null;
    List<Decision> decisions = decide(open);
    for (int i = 0; i < decisions.size(); i++) {
      Decision decision = decisions.get(i);
      if (decision instanceof Hold || decision instanceof Refuse) {
        obstacle = obstacle == null ? decision : obstacle;
      } else {
        admitted.put(asked.get(i), decision);
      }
    }
    return obstacle;
  }

  private List<Decision> decide(List<ConsumerRecord<?, ?>> open) {
    while (true) {
      try {
        return guard.decideAll(open);
      } catch (InterruptException e) {
        // It has set the flag, which would end the next wait at once.
        interrupted |= Thread.interrupted();
      }
    }
  }

  private void pause(Duration wait) {
    try {
      BlockingBridge.pause(wait);
    } catch (InterruptedException e) {
      interrupted = true;
    }
  }
}
