package tech.onceonly.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes JSON in one form only, which another language can write too. The rules stand at {@link
 * OnceOnly#key}.
 */
final class CanonicalJson {

  private static final int MAX_NUMBER_LENGTH = 1_000;
  private static final int DOUBLE_DIGITS = 17;

  private CanonicalJson() {}

  static void write(JsonNode node, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> writeObject(node, out);
      case ARRAY -> writeArray(node, out);
      case STRING -> writeString(node.textValue(), out);
      // As Jackson writes bytes: Base64.
      case BINARY -> writeString(node.asText(), out);
      case NUMBER -> out.append(number(node));
      case BOOLEAN -> out.append(node.booleanValue());
      case NULL, MISSING -> out.append("null");
      default -> throw new IllegalArgumentException("no JSON form of a " + node.getNodeType());
    }
  }

  private static void writeObject(JsonNode object, StringBuilder out) {
    TreeMap<String, JsonNode> sorted = new TreeMap<>();
    object.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
    out.append('{');
    String separator = "";
    for (Map.Entry<String, JsonNode> field : sorted.entrySet()) {
      out.append(separator);
      writeString(field.getKey(), out);
      out.append(':');
      write(field.getValue(), out);
      separator = ",";
    }
    out.append('}');
  }

  private static void writeArray(JsonNode array, StringBuilder out) {
    out.append('[');
    String separator = "";
    for (JsonNode item : array) {
      out.append(separator);
      write(item, out);
      separator = ",";
    }
    out.append(']');
  }

  private static void writeString(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < ' ') {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            i += appendCharacter(text, i, out);
          }
        }
      }
    }
    out.append('"');
  }

  /** Returns how many more chars than one it took. */
  private static int appendCharacter(String text, int at, StringBuilder out) {
    int codePoint = text.codePointAt(at);
    if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
      throw new IllegalArgumentException("a text with half a surrogate pair has no UTF-8 form");
    }
    out.appendCodePoint(codePoint);
    return Character.charCount(codePoint) - 1;
  }

  private static String number(JsonNode node) {
    BigDecimal value;
    if (node.isFloat() || node.isDouble()) {
      value = shortest(node);
    } else {
      value = node.decimalValue();
    }
    BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    if ((long) plain.precision() + Math.abs((long) plain.scale()) > MAX_NUMBER_LENGTH) {
      throw new IllegalArgumentException("a number of more than 1,000 digits");
    }
    return plain.toPlainString();
  }

  /** Not by {@code Double.toString}, which is not always the shortest before JDK 19. */
  private static BigDecimal shortest(JsonNode node) {
    double value = node.doubleValue();
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("JSON has no " + value);
    }
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; digits < DOUBLE_DIGITS; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      boolean same =
          node.isFloat()
              ? rounded.floatValue() == node.floatValue()
              : rounded.doubleValue() == value;
      if (same) {
        return rounded;
      }
    }
    return exact.round(new MathContext(DOUBLE_DIGITS, RoundingMode.HALF_EVEN));
  }
}
