package tech.onceonly.server.junit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tech.onceonly.server.ServerProbe.Decided;
import tech.onceonly.server.ServerProbe.Mismatched;

/** What a server decided and refused since the test began: bounded, in order. Thread-safe. */
final class Seen {

  /** No test decides more; one that did would be told so instead of being judged by a part. */
  static final int MOST = 100_000;

  private static final int SHOWN = 40;
  private static final Set<String> CLAIMED = Set.of("locked", "acquired");
  private static final String CHECK_LOCK_DUPLICATE = "duplicate";

  private record Line(String text, @Nullable Decided decided, @Nullable Mismatched mismatched) {}

  private final Deque<Line> lines = new ArrayDeque<>();
  private boolean overflown;

  synchronized void add(Decided decided) {
    add(new Line(decided.call() + " " + decided.key() + " -> " + decided.answer(), decided, null));
  }

  synchronized void add(Mismatched mismatched) {
    String text = mismatched.call() + " " + mismatched.key() + " -> of another fingerprint";
    add(new Line(text, null, mismatched));
  }

  synchronized void addFault(String text) {
    add(new Line(text, null, null));
  }

  synchronized void clear() {
    lines.clear();
    overflown = false;
  }

  synchronized List<Decided> decisions() {
    List<Decided> decisions = new ArrayList<>();
    for (Line line : lines) {
      if (line.decided != null) {
        decisions.add(line.decided);
      }
    }
    return decisions;
  }

  synchronized void assertClaimedOnce(String what, Predicate<? super String> key) {
    int claims = claims(key);
    if (claims != 1) {
      throw failure("exactly one claim of " + what, claims);
    }
  }

  synchronized void assertNoClaim(String what, Predicate<? super String> key) {
    int claims = claims(key);
    if (claims != 0) {
      throw failure("no claim of " + what, claims);
    }
  }

  synchronized void assertCompleted(String what, Predicate<? super String> key) {
    if (count(key, Seen::isCompletion) == 0) {
      throw failure("a completion of " + what, 0);
    }
  }

  synchronized void assertDuplicate(String what, Predicate<? super String> key) {
    if (count(key, Seen::isDuplicate) == 0) {
      throw failure("a duplicate of " + what, 0);
    }
  }

  synchronized void assertFingerprintMismatch(String what, Predicate<? super String> key) {
    if (mismatches(key) == 0) {
      throw failure("a claim of " + what + " with another fingerprint", 0);
    }
  }

  synchronized void assertNoFingerprintMismatch(String what, Predicate<? super String> key) {
    long mismatches = mismatches(key);
    if (mismatches != 0) {
      throw failure("no claim of " + what + " with another fingerprint", mismatches);
    }
  }

  private void add(Line line) {
    if (lines.size() < MOST) {
      lines.add(line);
    } else {
      overflown = true;
    }
  }

  /** A repetition under the same request id is the same claim. */
  private int claims(Predicate<? super String> key) {
    Set<String> claims = new HashSet<>();
    for (Decided decided : decisions()) {
      if (CLAIMED.contains(decided.answer()) && key.test(decided.key())) {
        claims.add(decided.key() + '\n' + decided.requestId());
      }
    }
    ensureComplete();
    return claims.size();
  }

  private long count(Predicate<? super String> key, Predicate<Decided> kind) {
    ensureComplete();
    return decisions().stream().filter(kind).filter(each -> key.test(each.key())).count();
  }

  private long mismatches(Predicate<? super String> key) {
    ensureComplete();
    return lines.stream()
        .map(Line::mismatched)
        .filter(mismatched -> mismatched != null && key.test(mismatched.key()))
        .count();
  }

  private static boolean isCompletion(Decided decided) {
    return decided.call().equals("settle") && decided.answer().equals("completed");
  }

  /** A check-lock of a held key, or a lease that another has or had. */
  private static boolean isDuplicate(Decided decided) {
    return decided.answer().equals(CHECK_LOCK_DUPLICATE)
        || (decided.call().equals("lease") && !CLAIMED.contains(decided.answer()));
  }

  private void ensureComplete() {
    if (overflown) {
      throw new AssertionError(
          "the server saw more than " + MOST + " calls, too many to judge: split the test");
    }
  }

  private AssertionError failure(String expected, long found) {
    StringBuilder message =
        new StringBuilder("expected ").append(expected).append(", found ").append(found);
    if (lines.isEmpty()) {
      return new AssertionError(message.append("; the server saw nothing"));
    }
    message.append("; the server saw:");
    int left = lines.size() - SHOWN;
    if (left > 0) {
      message.append("\n  (").append(left).append(" earlier ones)");
    }
    int index = 0;
    for (Line line : lines) {
      if (index++ >= left) {
        message.append("\n  ").append(line.text);
      }
    }
    return new AssertionError(message.toString());
  }
}
