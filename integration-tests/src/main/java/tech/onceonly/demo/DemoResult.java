package tech.onceonly.demo;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.Effects;

/**
 * What became of the payments under one protection.
 *
 * @param sent records, duplicates by header among them
 * @param delivered times that the broker handed a record to the consumer
 * @param effects charges
 * @param doubled payments charged more than once
 * @param doubledByHeader of these, how many because two different records of the payment each
 *     charged it; the rest were charged twice by one record that was delivered again
 * @param lost payments never charged
 * @param kills of the consumer's process
 */
record DemoResult(
    Protection protection,
    int sent,
    int delivered,
    int effects,
    int doubled,
    int doubledByHeader,
    int lost,
    int kills,
    long millis) {

  static DemoResult of(
      Protection protection,
      int sent,
      Set<String> payments,
      int delivered,
      Effects effects,
      int kills,
      long millis) {
    Map<String, Set<String>> records = new HashMap<>();
    for (EffectLog.Effect effect : effects.all()) {
      records.computeIfAbsent(effect.key(), key -> new HashSet<>()).add(effect.detail());
    }
    long byHeader = records.values().stream().filter(places -> places.size() > 1).count();
    return new DemoResult(
        protection,
        sent,
        delivered,
        effects.all().size(),
        effects.doubled().size(),
        (int) byHeader,
        effects.lost(payments).size(),
        kills,
        millis);
  }

  /** Whether the product's promise was kept: what makes the demo's exit code. */
  boolean isKept() {
    return switch (protection) {
      case NONE -> true;
      case CHECK_LOCK -> doubledByHeader == 0;
      case LEASE -> lost == 0 && doubledByHeader == 0 && doubled <= kills;
    };
  }

  static String table(List<DemoResult> results) {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            "%-12s %8s %10s %8s %8s %6s%n",
            "protection", "sent", "delivered", "effects", "doubled", "lost"));
    for (DemoResult result : results) {
      out.append(
          String.format(
              "%-12s %8d %10d %8d %8d %6d%n",
              result.protection.word(),
              result.sent,
              result.delivered,
              result.effects,
              result.doubled,
              result.lost));
    }
    return out.toString();
  }
}
