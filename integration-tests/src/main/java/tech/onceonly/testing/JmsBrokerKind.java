package tech.onceonly.testing;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.XAConnectionFactory;

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

  /** As {@link #connectionFactory}, for a transaction manager. */
  public XAConnectionFactory xaConnectionFactory(String url) {
    return this == ARTEMIS
        ? ArtemisMain.connectionFactory(url)
        : ClassicMain.xaConnectionFactory(url);
  }

  @Override
  public String toString() {
    return title;
  }
}
