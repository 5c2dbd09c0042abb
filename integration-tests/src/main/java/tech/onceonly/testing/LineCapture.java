package tech.onceonly.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a process's output to its end, so that the process never blocks on it; keeps the last lines
 * in memory and the first megabytes in a file.
 */
final class LineCapture {

  static final int MAX_LINES = 10_000;
  static final int MAX_LINE_LENGTH = 8_192;
  static final long MAX_FILE_CHARACTERS = 16L << 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<String> lines = new ArrayDeque<>();
  private final Path file;
  private final Thread reader;
  private long linesSeen;
  private boolean ended;

  private LineCapture(InputStream source, Path file, String name) {
    this.file = file;
    reader = new Thread(() -> readToEnd(source), name);
    reader.setDaemon(true);
  }

  static LineCapture start(InputStream source, Path file, String name) {
    LineCapture capture = new LineCapture(source, file, name);
    capture.reader.start();
    return capture;
  }

  Path file() {
    return file;
  }

  /** The last lines, oldest first. */
  List<String> lines() {
    lock.lock();
    try {
      return List.copyOf(lines);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The first kept line that is wanted, be it there already or still to come; null where the time
   * ran out or the output ended without one.
   */
  @Nullable String awaitLine(Predicate<String> wanted, Duration timeout)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    long looked = 0;
    lock.lock();
    try {
      while (true) {
        for (String line : since(looked)) {
          if (wanted.test(line)) {
            return line;
          }
        }
        looked = linesSeen;
        long left = deadline - System.nanoTime();
        if (ended || left <= 0) {
          return null;
        }
        changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the output has been read to its end. */
  void awaitEnd(Duration timeout) throws InterruptedException {
    TimeUnit.MILLISECONDS.timedJoin(reader, timeout.toMillis());
  }

  private List<String> since(long looked) {
    long skip = Math.max(0, lines.size() - (linesSeen - looked));
    return skip == lines.size()
        ? List.of()
        : new ArrayList<>(lines).subList((int) skip, lines.size());
  }

  private void readToEnd(InputStream source) {
    try (BufferedReader in =
            new BufferedReader(new InputStreamReader(source, StandardCharsets.UTF_8));
        Writer out = Files.newBufferedWriter(file)) {
      long written = 0;
      for (String line = readLine(in); line != null; line = readLine(in)) {
        if (written < MAX_FILE_CHARACTERS) {
          out.write(line);
          out.write('\n');
          out.flush();
        }
        written += line.length() + 1L;
        keep(line);
      }
    } catch (IOException e) {
      keep("(output could not be read further: " + e + ")");
      throw new UncheckedIOException(e);
    } finally {
      end();
    }
  }

  /** Like the reader's own, but a line without an end does not fill the memory. */
  private static @Nullable String readLine(BufferedReader in) throws IOException {
    StringBuilder line = new StringBuilder();
    int character = in.read();
    if (character < 0) {
      return null;
    }
    for (; character >= 0 && character != '\n'; character = in.read()) {
      if (character != '\r' && line.length() < MAX_LINE_LENGTH) {
        line.append((char) character);
      }
    }
    return line.toString();
  }

  private void keep(String line) {
    lock.lock();
    try {
      lines.addLast(line);
      linesSeen++;
      if (lines.size() > MAX_LINES) {
        lines.removeFirst();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
