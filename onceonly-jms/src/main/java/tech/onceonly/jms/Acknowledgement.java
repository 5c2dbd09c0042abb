package tech.onceonly.jms;

import jakarta.jms.Session;

/**
 * How the session that messages come from acknowledges them: it decides what a skip must do, and
 * what may become of a message that has to wait.
 */
public enum Acknowledgement {
  /** The session acknowledges when the listener returns; at {@code receive()} before it returns. */
  AUTO,
  /** As {@link #AUTO}, lazily: a crash brings back messages that were finished. */
  DUPS_OK,
  /**
   * The application acknowledges, and each time all that its session has handed over: this library
   * never does it for the application.
   */
  CLIENT,
  /**
   * The application acknowledges one message at a time: a mode of ActiveMQ Classic, Artemis and
   * RabbitMQ. A decorated listener's skipped message is acknowledged by this library, since the
   * listener does not see it.
   */
  INDIVIDUAL,
  /** The application commits: claims are settled then, see {@link JmsTransaction}. */
  TRANSACTED;

  private static final int CLASSIC_AND_RABBITMQ_INDIVIDUAL = 4;
  private static final int ARTEMIS_INDIVIDUAL = 101;

  /**
   * That of {@code Session.getAcknowledgeMode()} and {@code JMSContext.getSessionMode()}. Where
   * RabbitMQ's session was made with mode 4 it says that it is a {@code CLIENT} one: name {@link
   * #INDIVIDUAL} there, or skipped messages are never acknowledged.
   *
   * @throws IllegalArgumentException for a mode that is none of these, such as Artemis's
   *     pre-acknowledgement, which takes a message away before anybody has seen it
   */
  public static Acknowledgement of(int sessionMode) {
    return switch (sessionMode) {
      case Session.SESSION_TRANSACTED -> TRANSACTED;
      case Session.AUTO_ACKNOWLEDGE -> AUTO;
      case Session.CLIENT_ACKNOWLEDGE -> CLIENT;
      case Session.DUPS_OK_ACKNOWLEDGE -> DUPS_OK;
      case CLASSIC_AND_RABBITMQ_INDIVIDUAL, ARTEMIS_INDIVIDUAL -> INDIVIDUAL;
      default ->
          throw new IllegalArgumentException(
              "session mode "
                  + sessionMode
                  + " is not known: messages of AUTO, DUPS_OK, CLIENT, INDIVIDUAL and transacted"
                  + " sessions can be protected");
    };
  }

  /** Whether nobody but the session acknowledges: a message can't be handed back by hand. */
  boolean isBySession() {
    return this == AUTO || this == DUPS_OK;
  }
}
