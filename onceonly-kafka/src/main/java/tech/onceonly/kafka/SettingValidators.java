package tech.onceonly.kafka;

import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** What Kafka's own validators do not check. */
final class SettingValidators {

  private SettingValidators() {}

  static Validator orUnset(Validator validator) {
    return new Checked(validator.toString()) {
      @Override
      public void ensureValid(String name, @Nullable Object value) {
        if (value != null) {
          validator.ensureValid(name, value);
        }
      }
    };
  }

  static Validator notBlank() {
    return new Checked("not empty") {
      @Override
      public void ensureValid(String name, @Nullable Object value) {
        if (value == null || value.toString().isBlank()) {
          throw new ConfigException(name, value, "must not be empty");
        }
      }
    };
  }

  /** A validator that says in the documentation what is valid. */
  private abstract static class Checked implements Validator {
    private final String valid;

    Checked(String valid) {
      this.valid = valid;
    }

    @Override
    public String toString() {
      return valid;
    }
  }
}
