package tech.onceonly.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the keys that are held.
 *
 * @param cursor asks for what follows; null where nothing does
 */
public record KeyPage(List<KeyState> keys, @Nullable String cursor) {

  public KeyPage {
    keys = List.copyOf(keys);
  }
}
