package tech.onceonly.server;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Settles on the request id: the caller's where it is usable, else a new one. */
final class RequestIds {
  private static final int MAX_CHARS = 128;

  private final Supplier<String> newId;

  RequestIds(Supplier<String> newId) {
    this.newId = newId;
  }

  /**
   * Usable is an id of 1 to 128 visible ASCII characters. An id of any other kind is replaced; the
   * answer's header shows the one that counts.
   */
  String settle(@Nullable String given) {
    return given != null && isUsable(given) ? given : newId.get();
  }

  private static boolean isUsable(String id) {
    if (id.isEmpty() || id.length() > MAX_CHARS) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c <= 0x20 || c >= 0x7F) {
        return false;
      }
    }
    return true;
  }
}
