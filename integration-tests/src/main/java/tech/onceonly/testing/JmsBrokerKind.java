package tech.onceonly.testing;

import jakarta.jms.ConnectionFactory;

/** The brokers of Jakarta Messaging that run here without Docker. */
public enum JmsBrokerKind {
  ARTEMIS("Artemis", ArtemisMain.class),
  CLASSIC("ActiveMQ Classic", ClassicMain.class);

  final String title;
  final Class<?> mainClass;

  JmsBrokerKind(String title, Class<?> mainClass) {
    this.title = title;
    this.mainClass = mainClass;
  }

  /** For a broker of this kind, in this process or another; pools nothing, reconnects nothing. */
  public ConnectionFactory connectionFactory(String url) {
    return this == ARTEMIS
        ? ArtemisMain.connectionFactory(url)
        : ClassicMain.connectionFactory(url);
  }

  @Override
  public String toString() {
    return title;
  }
}
