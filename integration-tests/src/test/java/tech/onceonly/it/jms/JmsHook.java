package tech.onceonly.it.jms;

import jakarta.jms.Session;

/** What stands between a session and the listener, and how that session acknowledges. */
enum JmsHook {
  LISTENER_AUTO("listener AUTO", Style.LISTENER, Session.AUTO_ACKNOWLEDGE),
  LISTENER_DUPS_OK("listener DUPS_OK", Style.LISTENER, Session.DUPS_OK_ACKNOWLEDGE),
  LISTENER_CLIENT("listener CLIENT", Style.LISTENER, Session.CLIENT_ACKNOWLEDGE),
  LISTENER_INDIVIDUAL("listener INDIVIDUAL", Style.LISTENER, JmsHook.INDIVIDUAL),
  LISTENER_TRANSACTED("listener transacted", Style.LISTENER, Session.SESSION_TRANSACTED),
  RECEIVE_AUTO("receive AUTO", Style.RECEIVE, Session.AUTO_ACKNOWLEDGE),
  RECEIVE_CLIENT("receive CLIENT", Style.RECEIVE, Session.CLIENT_ACKNOWLEDGE),
  RECEIVE_INDIVIDUAL("receive INDIVIDUAL", Style.RECEIVE, JmsHook.INDIVIDUAL),
  RECEIVE_TRANSACTED("receive transacted", Style.RECEIVE, Session.SESSION_TRANSACTED),
  RECEIVE_BATCH("batch receiver", Style.RECEIVE_BATCH, Session.SESSION_TRANSACTED),
  DEFAULT_TRANSACTED("DMLC transacted", Style.DEFAULT_CONTAINER, Session.SESSION_TRANSACTED),
  DEFAULT_MANAGED("DMLC JmsTransactionManager", Style.MANAGED, Session.SESSION_TRANSACTED),
  DEFAULT_JTA("DMLC JTA", Style.JTA, Session.SESSION_TRANSACTED),
  DEFAULT_CLIENT("DMLC CLIENT", Style.DEFAULT_CONTAINER, Session.CLIENT_ACKNOWLEDGE),
  DEFAULT_INDIVIDUAL("DMLC INDIVIDUAL", Style.DEFAULT_CONTAINER, JmsHook.INDIVIDUAL),
  DEFAULT_AUTO("DMLC AUTO", Style.DEFAULT_CONTAINER, Session.AUTO_ACKNOWLEDGE),
  DEFAULT_DUPS_OK("DMLC DUPS_OK", Style.DEFAULT_CONTAINER, Session.DUPS_OK_ACKNOWLEDGE),
  SIMPLE_CLIENT("SMLC CLIENT", Style.SIMPLE_CONTAINER, Session.CLIENT_ACKNOWLEDGE),
  SIMPLE_AUTO("SMLC AUTO", Style.SIMPLE_CONTAINER, Session.AUTO_ACKNOWLEDGE),
  SIMPLE_DUPS_OK("SMLC DUPS_OK", Style.SIMPLE_CONTAINER, Session.DUPS_OK_ACKNOWLEDGE);

  enum Style {
    LISTENER,
    RECEIVE,
    RECEIVE_BATCH,
    DEFAULT_CONTAINER,
    MANAGED,
    JTA,
    SIMPLE_CONTAINER
  }

  /** A number of each vendor's own. */
  private static final int INDIVIDUAL = -1;

  final String title;
  final Style style;
  private final int sessionMode;

  JmsHook(String title, Style style, int sessionMode) {
    this.title = title;
    this.style = style;
    this.sessionMode = sessionMode;
  }

  int sessionMode(int individual) {
    return sessionMode == INDIVIDUAL ? individual : sessionMode;
  }

  /** By the session itself, be it a transaction manager's too. */
  boolean isTransacted() {
    return sessionMode == Session.SESSION_TRANSACTED && style != Style.JTA;
  }

  /** Whether a transaction manager's transactions surround each message. */
  boolean isManaged() {
    return style == Style.MANAGED || style == Style.JTA;
  }

  /** Whether acknowledgements are sent when there are many, or the session closes. */
  boolean isLazy() {
    return sessionMode == Session.DUPS_OK_ACKNOWLEDGE;
  }

  /** Whether a message is gone from the broker before anybody has seen it. */
  boolean isAcknowledgedAtReceive() {
    return losesWhatFails() && style != Style.SIMPLE_CONTAINER;
  }

  /** Whether a message is acknowledged whatever becomes of it. */
  boolean losesWhatFails() {
    boolean bySession =
        sessionMode == Session.AUTO_ACKNOWLEDGE || sessionMode == Session.DUPS_OK_ACKNOWLEDGE;
    return bySession && style != Style.LISTENER;
  }
}
