package tech.onceonly.benchmarks;

import java.util.List;

/** One way to claim keys. */
interface Load extends AutoCloseable {

  /**
   * Claims these keys, none of which was ever claimed before.
   *
   * @param samples takes the time of each call, or of each batch
   * @return the nanoseconds that all took together, without preparation
   * @throws IllegalStateException where a key was not won
   */
  long claim(List<String> keys, Samples samples) throws Exception;

  @Override
  void close();
}
