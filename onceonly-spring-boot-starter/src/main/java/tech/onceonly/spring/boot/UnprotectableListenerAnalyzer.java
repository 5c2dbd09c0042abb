package tech.onceonly.spring.boot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import tech.onceonly.jms.spring.UnprotectableListenerException;

/** Tells which JMS listener can't be protected, and the properties by which that is mended. */
final class UnprotectableListenerAnalyzer
    extends AbstractFailureAnalyzer<UnprotectableListenerException> {

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, UnprotectableListenerException cause) {
    String id = cause.listenerId();
    return new FailureAnalysis(
        "The JMS listener " + id + " " + cause.fault(),
        "Mend that; the listener's own settings stand under onceonly.jms.listeners."
            + id
            + ". Or leave it out there with enabled=false. An @JmsListener without an id has one that may change: set its id"
            + " first.",
        cause);
  }
}
