package tech.onceonly;

/** Throws what a function of the user's can throw without saying so. */
final class UncheckedThrow {

  private UncheckedThrow() {}

  /** Throws; what it says to return lets the caller say that nothing follows. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <E extends Throwable> RuntimeException of(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
