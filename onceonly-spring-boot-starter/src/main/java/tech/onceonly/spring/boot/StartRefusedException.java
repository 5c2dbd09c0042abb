package tech.onceonly.spring.boot;

import org.jspecify.annotations.Nullable;

/** The application must not start as it is configured: what is wrong, and the mend. */
final class StartRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String mend;

  StartRefusedException(String wrong, String mend, @Nullable Throwable cause) {
    super(wrong, cause);
    this.mend = mend;
  }

  String mend() {
    return mend;
  }
}
