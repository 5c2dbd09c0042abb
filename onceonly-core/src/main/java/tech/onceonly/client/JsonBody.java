package tech.onceonly.client;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes one JSON object, field by field. Used by one thread. */
final class JsonBody {

  private final JsonBytes out;
  private char before = '{';

  /**
   * @param sizeHint about how many bytes it will have
   */
  JsonBody(int sizeHint) {
    out = new JsonBytes(sizeHint);
  }

  /**
   * Nothing where the value is null.
   *
   * @throws IllegalArgumentException where the value has no UTF-8 form: half of a surrogate pair
   */
  JsonBody text(String name, @Nullable String value) {
    if (value != null) {
      name(name);
      out.quoted(value);
    }
    return this;
  }

  JsonBody number(String name, long value) {
    return json(name, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
  }

  /** What is JSON already; nothing where it is null. */
  JsonBody json(String name, byte @Nullable [] value) {
    if (value != null) {
      name(name);
      out.json(value);
    }
    return this;
  }

  /** The whole of it; nothing can be added any more. */
  JsonBytes end() {
    if (before == '{') {
      out.sign('{');
    }
    return out.sign('}');
  }

  private void name(String name) {
    out.sign(before).quoted(name).sign(':');
    before = ',';
  }
}
