package tech.onceonly.server.store;

/** What a Redis node answers in place of carrying a request out. Without a stack trace. */
final class RedisException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RedisException(Throwable error) {
    this(String.valueOf(error.getMessage()));
  }

  RedisException(String message) {
    super(message, null, false, false);
  }

  /** Its first word tells the kind, also where a script met it. */
  boolean is(String kind) {
    String message = String.valueOf(getMessage());
    return message.startsWith(kind + " ")
        || (message.contains("@user_script") && message.contains("-" + kind + " "));
  }

  /** Of a redirection the node that it names, as host:port; the host may be empty. */
  String target() {
    String message = String.valueOf(getMessage());
    return message.substring(message.lastIndexOf(' ') + 1);
  }
}
