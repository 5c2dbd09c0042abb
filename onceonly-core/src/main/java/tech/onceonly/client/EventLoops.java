package tech.onceonly.client;

import io.vertx.core.Context;

/** Keeps callers that wait off the threads that would have to bring what they wait for. */
public final class EventLoops {

  private EventLoops() {}

  /**
   * Call it before waiting.
   *
   * @throws IllegalStateException on a Vert.x event loop
   */
  public static void refuseToBlock() {
    if (Context.isOnEventLoopThread()) {
      throw new IllegalStateException(
          "a blocking call on a Vert.x event loop would wait for itself: use OnceOnlyClient's own"
              + " methods there, or Vert.x's executeBlocking");
    }
  }
}
