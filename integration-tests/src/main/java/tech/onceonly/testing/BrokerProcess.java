package tech.onceonly.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * A broker's process and its directory: it may be killed, and started again on the same data and
 * ports.
 *
 * <p>Not safe for use by several threads.
 */
final class BrokerProcess implements AutoCloseable {

  /** How a broker is started, again and again the same. */
  @FunctionalInterface
  interface Launch {
    JavaProcessBuilder of(Path home, List<Integer> ports);
  }

  /** What a broker's process prints when it serves. */
  static final String READY = "broker ready";

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 5;

  private final Launch launch;
  private final Path home;
  private final List<Integer> ports;
  private final Thread closeAtShutdown = new Thread(this::closeNow, "broker-close");
  private JavaProcess process;
  private boolean closed;

  private BrokerProcess(Launch launch, Path home, List<Integer> ports, JavaProcess process) {
    this.launch = launch;
    this.home = home;
    this.ports = List.copyOf(ports);
    this.process = process;
  }

  /** Tries again on other ports where another process takes one between choosing and binding. */
  static BrokerProcess start(String name, Supplier<List<Integer>> ports, Launch launch) {
    for (int attempt = 1; ; attempt++) {
      List<Integer> chosen = ports.get();
      Path home = TemporaryDirectory.create("onceonly-" + name + "-");
      try {
        BrokerProcess broker =
            new BrokerProcess(launch, home, chosen, launched(launch.of(home, chosen)));
        Runtime.getRuntime().addShutdownHook(broker.closeAtShutdown);
        return broker;
      } catch (PortTakenException e) {
        TemporaryDirectory.delete(home);
        if (attempt == ATTEMPTS) {
          throw e;
        }
      } catch (RuntimeException e) {
        TemporaryDirectory.delete(home);
        throw e;
      }
    }
  }

  int port() {
    return ports.get(0);
  }

  long pid() {
    return process.pid();
  }

  boolean isRunning() {
    return process.isAlive();
  }

  void kill() {
    process.kill();
  }

  void restart() {
    if (closed) {
      throw new IllegalStateException("The broker is closed: start a new one.");
    }
    kill();
    process.close();
    process = launched(launch.of(home, ports));
  }

  /** Does nothing the second time. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      closeNow();
      ShutdownHooks.remove(closeAtShutdown);
    }
  }

  private void closeNow() {
    process.close();
    TemporaryDirectory.delete(home);
  }

  private static JavaProcess launched(JavaProcessBuilder builder) {
    JavaProcess process = builder.start();
    try {
      process.awaitLine(READY::equals, START_TIMEOUT);
      return process;
    } catch (RuntimeException e) {
      boolean portTaken = process.errorLines().stream().anyMatch(BrokerProcess::tellsOfTakenPort);
      process.close();
      throw portTaken ? new PortTakenException(e) : e;
    }
  }

  private static boolean tellsOfTakenPort(String line) {
    return line.contains("java.net.BindException") || line.contains("Address already in use");
  }

  private static final class PortTakenException extends IllegalStateException {
    PortTakenException(Throwable cause) {
      super("A port of the broker was taken by another process.", cause);
    }
  }
}
