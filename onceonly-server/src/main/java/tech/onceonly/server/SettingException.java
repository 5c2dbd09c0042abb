package tech.onceonly.server;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A setting can't be used. The message names it as Java does; whoever had it made elsewhere, by an
 * option or in the environment, can have it told in those words.
 */
final class SettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String format;
  private final transient @Nullable Object[] parts;

  /**
   * @param parts of the format; a {@link Setting} stands for its name
   */
  SettingException(String format, @Nullable Object... parts) {
    this(null, format, parts);
  }

  SettingException(@Nullable Throwable cause, String format, @Nullable Object... parts) {
    super(String.format(Locale.ROOT, format, parts), cause);
    this.format = format;
    this.parts = parts.clone();
  }

  static void check(boolean holds, String format, @Nullable Object... parts) {
    if (!holds) {
      throw new SettingException(format, parts);
    }
  }

  /** The message, with each setting by the name that it has there. */
  String told(Function<Setting, String> nameOf) {
    return String.format(
        Locale.ROOT,
        format,
        Arrays.stream(parts)
            .map(part -> part instanceof Setting setting ? nameOf.apply(setting) : part)
            .toArray());
  }
}
