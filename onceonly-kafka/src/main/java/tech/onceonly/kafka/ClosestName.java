package tech.onceonly.kafka;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Guesses what a misspelled name was meant to be. */
final class ClosestName {

  private ClosestName() {}

  /** The candidate with the fewest differences; null where none is near. */
  static @Nullable String to(String name, Collection<String> candidates) {
    String closest = null;
    int fewest = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      int differences = differences(name, candidate);
      if (differences < fewest) {
        fewest = differences;
        closest = candidate;
      }
    }
    return fewest <= Math.max(2, name.length() / 3) ? closest : null;
  }

  /** Letters to insert, remove or replace: Levenshtein's distance. */
  private static int differences(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }
}
