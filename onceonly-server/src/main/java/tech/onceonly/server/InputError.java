package tech.onceonly.server;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing wrong with a request's input: an element of the array of a 422 answer.
 *
 * @param type a stable word for the fault
 * @param loc where it is: {@code body} or {@code query}, then the field
 * @param input what was given, shortened; null where there is nothing fit to show
 */
record InputError(String type, List<String> loc, String msg, @Nullable String input) {
  static final InputError MISSING = ofWholeBody("missing", "Field required");

  /** Not in the parser's own words: they quote the input, at whatever length. */
  static final InputError NO_JSON = ofWholeBody("json_invalid", "JSON decode error");

  static final InputError NO_OBJECT =
      ofWholeBody("model_attributes_type", "Input should be a JSON object");

  private static final int SHOWN_CODE_POINTS = 64;

  static InputError ofBody(String field, String type, String msg, @Nullable String input) {
    return new InputError(type, List.of("body", field), msg, shorten(input));
  }

  static InputError ofWholeBody(String type, String msg) {
    return new InputError(type, List.of("body"), msg, null);
  }

  static InputError ofQuery(String parameter, String type, String msg, @Nullable String input) {
    return new InputError(type, List.of("query", parameter), msg, shorten(input));
  }

  private static @Nullable String shorten(@Nullable String input) {
    if (input == null || input.codePointCount(0, input.length()) <= SHOWN_CODE_POINTS) {
      return input;
    }
    return input.substring(0, input.offsetByCodePoints(0, SHOWN_CODE_POINTS)) + "…";
  }
}
