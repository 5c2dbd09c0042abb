package tech.onceonly.testing;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A broker that is a process of its own. */
final class ForkedJmsBroker implements JmsBroker {

  private static final List<String> FAST_HEAP = List.of("-Xmx1g");

  private final JmsBrokerOptions options;
  private final BrokerProcess process;
  private final JmsQueues queues;

  private ForkedJmsBroker(JmsBrokerOptions options, BrokerProcess process) {
    this.options = options;
    this.process = process;
    queues = new JmsQueues(options.kind(), url());
  }

  static ForkedJmsBroker start(JmsBrokerOptions options) {
    JmsBrokerKind kind = options.kind();
    BrokerProcess process =
        BrokerProcess.start(
            kind.name().toLowerCase(Locale.ROOT),
            () -> LoopbackPorts.free(1),
            (home, ports) -> launch(options, home, ports.get(0)));
    return new ForkedJmsBroker(options, process);
  }

  @Override
  public JmsBrokerKind kind() {
    return options.kind();
  }

  @Override
  public String url() {
    return options.kind() == JmsBrokerKind.CLASSIC
        ? ClassicMain.url(process.port(), options.attempts())
        : ArtemisMain.url(process.port());
  }

  @Override
  public JmsQueues queues() {
    return queues;
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void restart() {
    process.restart();
  }

  @Override
  public boolean isRunning() {
    return process.isRunning();
  }

  @Override
  public void close() {
    process.close();
  }

  private static JavaProcessBuilder launch(JmsBrokerOptions options, Path home, int port) {
    JavaProcessBuilder builder =
        JavaProcess.of(options.kind().mainClass)
            .arguments(home.toString(), String.valueOf(port), String.valueOf(options.attempts()));
    return options.fullSpeed() ? builder.fullSpeed().jvmOptions(FAST_HEAP) : builder;
  }
}
