package tech.onceonly.client;

/** What the server has declared of itself on its latest answer. Thread-safe. */
final class Extensions {

  private volatile boolean known;
  private volatile boolean release;
  private volatile boolean replay;
  private volatile boolean fingerprint;
  private volatile boolean keys;
  private volatile int batch;

  /** What answers with an error in the server's place declares nothing, and takes nothing back. */
  void note(Answer answer) {
    if (answer.status() != 200 && !answer.declaresAnything()) {
      return;
    }
    boolean declaresRelease = answer.declaresRelease();
    if (release != declaresRelease) {
      release = declaresRelease;
    }
    boolean declaresReplay = answer.declaresReplay();
    if (replay != declaresReplay) {
      replay = declaresReplay;
    }
    boolean declaresFingerprint = answer.declaresFingerprint();
    if (fingerprint != declaresFingerprint) {
      fingerprint = declaresFingerprint;
    }
    boolean declaresKeys = answer.declaresKeys();
    if (keys != declaresKeys) {
      keys = declaresKeys;
    }
    int declaresBatch = answer.declaresBatch();
    if (batch != declaresBatch) {
      batch = declaresBatch;
    }
    if (!known) {
      known = true;
    }
  }

  /** Whether the server has answered at all: before that nothing is known of what it offers. */
  boolean known() {
    return known;
  }

  /** How many operations a batch may have; 0 where there are none. */
  int batch() {
    return batch;
  }

  boolean release() {
    return release;
  }

  boolean replay() {
    return replay;
  }

  boolean fingerprint() {
    return fingerprint;
  }

  boolean keys() {
    return keys;
  }
}
