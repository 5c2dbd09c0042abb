package tech.onceonly.testing;

import java.util.Locale;

/** A broker that is a process of its own. */
final class ForkedJmsBroker implements JmsBroker {

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
            (home, ports) ->
                JavaProcess.of(kind.mainClass)
                    .arguments(
                        home.toString(),
                        String.valueOf(ports.get(0)),
                        String.valueOf(options.attempts())));
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
}
