package tech.onceonly.demo;

/** What stands between the broker and the effect. */
enum Protection {
  NONE("none"),
  CHECK_LOCK("check-lock"),
  LEASE("lease");

  private final String word;

  Protection(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }
}
