package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.testing.Await.PATIENCE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import tech.onceonly.testing.JavaProcess;

/** Processes that share the work, and are killed and replaced in a soak. For one thread. */
public final class Crew implements AutoCloseable {

  private final Supplier<JavaProcess> hire;
  private final List<JavaProcess> processes = new ArrayList<>();

  /** Starts so many. */
  public Crew(int size, Supplier<JavaProcess> hire) {
    this.hire = hire;
    for (int i = 0; i < size; i++) {
      processes.add(hire.get());
    }
  }

  /** Ends one of them as {@code kill -9} does, starts another in its place, and tells its pid. */
  public long killOne(Random random) {
    JavaProcess victim = processes.remove(random.nextInt(processes.size()));
    victim.kill();
    processes.add(hire.get());
    return victim.pid();
  }

  /** Of those that work at present. */
  public Set<Long> pids() {
    return processes.stream().map(JavaProcess::pid).collect(Collectors.toSet());
  }

  /** Waits so long at most, and tells whether it is done by then. None may end by itself. */
  public boolean isDoneWithin(Duration most, BooleanSupplier done) {
    AtomicBoolean seen = new AtomicBoolean();
    long until = System.nanoTime() + most.toNanos();
    Awaitility.await()
        .pollInterval(Duration.ofMillis(200))
        .atMost(most.plusSeconds(60))
        .until(
            () -> {
              processes.forEach(Crew::assertIsAlive);
              seen.set(done.getAsBoolean());
              return seen.get() || System.nanoTime() - until > 0;
            });
    return seen.get();
  }

  /**
   * Lets them work so long, and until so much was done since: what stands still is not killed, but
   * told. Tells whether it is done by then.
   */
  public boolean isDoneAfter(Duration most, int work, IntSupplier worked, BooleanSupplier done) {
    int enough = worked.getAsInt() + work;
    return isDoneWithin(most, done) || goesOn(() -> worked.getAsInt() >= enough, done);
  }

  private boolean goesOn(BooleanSupplier worked, BooleanSupplier done) {
    assertThat(isDoneWithin(PATIENCE, () -> worked.getAsBoolean() || done.getAsBoolean()))
        .as("the work goes on")
        .isTrue();
    return done.getAsBoolean();
  }

  @Override
  public void close() {
    processes.forEach(JavaProcess::close);
  }

  private static void assertIsAlive(JavaProcess process) {
    assertThat(process.isAlive()).as(() -> String.join("\n", process.errorLines())).isTrue();
  }
}
