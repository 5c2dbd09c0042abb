package tech.onceonly.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a benchmark has opened: closed together, the latest first. */
final class Opened implements AutoCloseable {

  private final Deque<AutoCloseable> all = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T each) {
    all.push(each);
    return each;
  }

  @Override
  public void close() throws Exception {
    while (!all.isEmpty()) {
      all.pop().close();
    }
  }
}
