package tech.onceonly;

/**
 * What a function of the user's throws: it must not decide over a delivery, whatever it is. A class
 * that is not there, or an assertion, says no more than an exception does.
 */
final class UserFaults {

  private UserFaults() {}

  /** Throws it on where it is the process that can't go on. A stack too deep is the function's. */
  static void throwIfFatal(Throwable thrown) {
    if (thrown instanceof VirtualMachineError fatal && !(thrown instanceof StackOverflowError)) {
      throw fatal;
    }
  }
}
