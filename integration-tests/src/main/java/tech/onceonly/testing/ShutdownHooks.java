package tech.onceonly.testing;

/** Hooks that are taken back once what they guard is gone. */
final class ShutdownHooks {

  private ShutdownHooks() {}

  static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down already: the hook runs, or has run, and does no harm twice.
    }
  }
}
