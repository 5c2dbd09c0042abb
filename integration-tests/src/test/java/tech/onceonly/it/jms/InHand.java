package tech.onceonly.it.jms;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tech.onceonly.testing.EffectLog.Effect;
import tech.onceonly.testing.Effects;

/**
 * Which effects consumers of one thread each had in hand at kills: of a consumer that was killed
 * its last; where all consumers depend on what was killed, the last before and the first after of
 * each. For one thread.
 */
final class InHand {

  private record Kill(Set<Long> pids, int before, int after) {}

  private final Supplier<Effects> log;
  private final List<Kill> kills = new ArrayList<>();

  InHand(Supplier<Effects> log) {
    this.log = log;
  }

  /** This consumer is gone. */
  void consumerKilled(long pid) {
    int end = log.get().all().size();
    kills.add(new Kill(Set.of(pid), end, end));
  }

  /** Kills what these consumers depend on. */
  void kill(Set<Long> pids, Runnable kill) {
    int before = log.get().all().size();
    kill.run();
    kills.add(new Kill(pids, before, log.get().all().size()));
  }

  /** Payments that took effect again though what they did before was not in hand at a kill. */
  Set<String> doubledOtherwise() {
    List<Effect> all = log.get().all();
    Set<Integer> inHand = new HashSet<>();
    kills.forEach(kill -> addInHand(kill, all, inHand));
    Set<String> doubled = new LinkedHashSet<>();
    Map<String, Integer> last = new HashMap<>();
    for (int place = 0; place < all.size(); place++) {
      Integer earlier = last.put(all.get(place).key(), place);
      if (earlier != null && !inHand.contains(earlier)) {
        doubled.add(all.get(earlier) + ", then " + all.get(place));
      }
    }
    return doubled;
  }

  private static void addInHand(Kill kill, List<Effect> all, Set<Integer> inHand) {
    Set<Long> before = new HashSet<>(kill.pids);
    for (int place = kill.before - 1; place >= 0 && !before.isEmpty(); place--) {
      if (before.remove(pidOf(all.get(place)))) {
        inHand.add(place);
      }
    }
    Set<Long> after = new HashSet<>(kill.pids);
    for (int place = kill.before; place < all.size() && !after.isEmpty(); place++) {
      long pid = pidOf(all.get(place));
      boolean first = place >= kill.after && after.remove(pid);
      if (first || (place < kill.after && kill.pids.contains(pid))) {
        inHand.add(place);
      }
    }
  }

  private static long pidOf(Effect effect) {
    String detail = effect.detail();
    return Long.parseLong(detail.substring(detail.lastIndexOf(' ') + 1));
  }
}
