package tech.onceonly.server;

import org.jspecify.annotations.Nullable;

/** What a text must be like to be taken; the same for bodies and queries. */
final class TextRules {
  /** Longest key, in code points. */
  static final int MAX_KEY_CODE_POINTS = 256;

  private TextRules() {}

  /** Why the text is refused, or null where it is fine. */
  static @Nullable Fault faultOf(String text, int maxCodePoints) {
    if (text.isEmpty()) {
      return new Fault("string_too_short", "String should have at least 1 character");
    }
    // No text has more code points than chars: most need no count.
    if (text.length() > maxCodePoints && text.codePointCount(0, text.length()) > maxCodePoints) {
      return new Fault(
          "string_too_long", "String should have at most " + maxCodePoints + " characters");
    }
    if (!isWellFormed(text)) {
      return new Fault("string_unicode", "String should be well-formed Unicode");
    }
    return null;
  }

  record Fault(String type, String msg) {}

  /** Half a surrogate pair has no UTF-8: two such keys could become one in a store. */
  private static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
