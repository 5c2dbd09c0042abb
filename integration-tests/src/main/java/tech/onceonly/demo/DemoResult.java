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
 * @param sent messages, duplicates by key among them
 * @param delivered times that a message was handed to the consumer
 * @param effects charges
 * @param doubled payments charged more than once
 * @param doubledByKey of these, how many because two different messages of the payment each charged
 *     it; the rest were charged twice by one message that was delivered again
 * @param lost payments never charged
 * @param kills of the consumer's process
 */
record DemoResult(
    Protection protection,
    int sent,
    int delivered,
    int effects,
    int doubled,
    int doubledByKey,
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
    Map<String, Set<String>> messages = new HashMap<>();
    for (EffectLog.Effect effect : effects.all()) {
      messages.computeIfAbsent(effect.key(), key -> new HashSet<>()).add(effect.detail());
    }
    long byKey = messages.values().stream().filter(places -> places.size() > 1).count();
    return new DemoResult(
        protection,
        sent,
        delivered,
        effects.all().size(),
        effects.doubled().size(),
        (int) byKey,
        effects.lost(payments).size(),
        kills,
        millis);
  }

  /** Whether the product's promise was kept: what makes the demo's exit code. */
  boolean isKept() {
    return switch (protection) {
      case NONE -> true;
      case CHECK_LOCK -> doubledByKey == 0;
      case LEASE -> lost == 0 && doubledByKey == 0 && doubled <= kills;
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
