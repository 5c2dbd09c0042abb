package tech.onceonly.it.spring;

import org.springframework.kafka.listener.ContainerProperties.AckMode;
import tech.onceonly.Mode;

/** One square of the table: what happens, to which kind of listener, in which modes. */
record Cell(boolean batch, Mode mode, AckMode ackMode, ListenerCase what) {

  boolean exists() {
    boolean recordAckOfBatch = batch && ackMode == AckMode.RECORD;
    boolean nackWithoutAck = what == ListenerCase.NACKED && !isManual();
    return !recordAckOfBatch && !nackWithoutAck;
  }

  boolean isManual() {
    return ackMode == AckMode.MANUAL || ackMode == AckMode.MANUAL_IMMEDIATE;
  }

  String table() {
    return (batch ? "Batch listeners" : "Record listeners")
        + ", "
        + (mode == Mode.LEASE ? "lease" : "check-lock")
        + " mode";
  }

  @Override
  public String toString() {
    return table() + ": " + ackMode + ", " + what.title;
  }
}
