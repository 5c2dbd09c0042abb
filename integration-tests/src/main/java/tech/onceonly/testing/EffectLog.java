package tech.onceonly.testing;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What an effect is in the tests and the demo: a line in a file that several processes append to.
 *
 * <p>Promises: a call of {@link #record} that returned is counted, even if its process is killed at
 * the next instant; lines of several threads and processes never mix; a line that a kill cut short
 * is told from a whole one and counted apart, never as an effect. It does not promise to survive a
 * power failure.
 *
 * <p>Safe for use by several threads and by several processes on one file.
 */
public final class EffectLog implements AutoCloseable {

  private final FileOutputStream out;

  private EffectLog(FileOutputStream out) {
    this.out = out;
  }

  /** Opens the file for appending; makes it where it is missing. */
  public static EffectLog open(Path file) {
    try {
      return new EffectLog(new FileOutputStream(file.toFile(), true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that was recorded so far, by all processes. A missing file holds nothing. */
  public static Effects read(Path file) {
    if (!Files.exists(file)) {
      return new Effects(List.of(), 0);
    }
    List<Effect> whole = new ArrayList<>();
    int torn = 0;
    try {
      // A line's mark of its end: split keeps what stands after the last one, whole or not.
      for (String line : Files.readString(file, StandardCharsets.US_ASCII).split("\n", -1)) {
        Effect effect = parse(line);
        if (effect != null) {
          whole.add(effect);
        } else if (!line.isEmpty()) {
          torn++;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Effects(whole, torn);
  }

  /** Effects per key: {@link #read} without the rest. */
  public static Map<String, Integer> counts(Path file) {
    return read(file).perKey();
  }

  /** Counts one effect of this key; any text will do for both. */
  public void record(String key, String detail) {
    String fields = escape(key) + "\t" + escape(detail);
    // Begins with an end of line, so that what a killed process left half-written stays by itself.
    byte[] line =
        ("\n" + fields + "\t" + checksum(fields) + "\n").getBytes(StandardCharsets.US_ASCII);
    try {
      // One write to a file opened for appending; and unlike a channel's, not undone by interrupts.
      out.write(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Effect parse(String line) {
    int beforeChecksum = line.lastIndexOf('\t');
    int betweenFields = line.indexOf('\t');
    if (beforeChecksum <= betweenFields
        || !checksum(line.substring(0, beforeChecksum))
            .equals(line.substring(beforeChecksum + 1))) {
      return null;
    }
    return new Effect(
        unescape(line.substring(0, betweenFields)),
        unescape(line.substring(betweenFields + 1, beforeChecksum)));
  }

  private static String checksum(String fields) {
    CRC32 crc = new CRC32();
    crc.update(fields.getBytes(StandardCharsets.US_ASCII));
    return String.format("%08x", crc.getValue());
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '\\') {
        escaped.append(String.format("\\%04x", (int) c));
      } else {
        escaped.append(c);
      }
    }
    return escaped.toString();
  }

  private static String unescape(String escaped) {
    StringBuilder text = new StringBuilder(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c == '\\') {
        text.append((char) Integer.parseInt(escaped.substring(i + 1, i + 5), 16));
        i += 4;
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  /** One recorded effect. */
  public record Effect(String key, String detail) {}
}
