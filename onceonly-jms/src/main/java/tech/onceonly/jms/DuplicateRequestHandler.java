package tech.onceonly.jms;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import tech.onceonly.Decision.Skip;

/**
 * Answers a request whose work has been done already, or is another delivery's: a requester waits
 * for a reply that the listener, which does not run, will not send.
 */
@FunctionalInterface
public interface DuplicateRequestHandler {

  /**
   * Sends the reply to the request's {@code JMSReplyTo}. Must not change the request.
   *
   * @throws JMSException if it can't: the request is then not acknowledged, and comes again
   */
  void answer(Message request, Skip skip) throws JMSException;
}
