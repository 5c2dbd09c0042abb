package tech.onceonly;

/** How a delivery that was handed to the listener ended. */
public enum Outcome {
  /** The effect has happened. */
  SUCCEEDED,
  /** It has not, or not for sure: the claim is given back, where the service takes it. */
  FAILED
}
