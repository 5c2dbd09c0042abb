package tech.onceonly.client;

import java.time.Duration;

/** Checks of settings: a wrong one is named, with what would be right. */
final class Checks {

  private Checks() {}

  static Duration positive(String setting, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException(setting + " must be longer than zero, was " + value);
    }
    if (value.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(setting + " must be at most a day, was " + value);
    }
    return value;
  }

  static int between(String setting, int least, int most, int value) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          setting + " must be " + least + " to " + most + ", was " + value);
    }
    return value;
  }
}
