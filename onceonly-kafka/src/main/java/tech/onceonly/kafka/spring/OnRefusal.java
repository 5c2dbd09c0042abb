package tech.onceonly.kafka.spring;

/** What a container does when the claim service refuses: an invalid key, a plan used up. */
public enum OnRefusal {
  /** It stops, abnormally, so that health checks see it. Nothing is processed or committed past. */
  STOP,
  /**
   * The partition is paused, and asked for again after {@link
   * OnceOnlySpringKafka.Builder#refusalRetry}: it goes on by itself when the cause is mended.
   */
  PAUSE
}
