package tech.onceonly.server.store;

import io.vertx.redis.client.Response;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What keeps a Redis from being used: as people are told, and whether it may pass by itself. */
final class RedisFaults {
  /** What the client makes of requests whose connection has ended. */
  static final String LOST = "CONNECTION_CLOSED";

  /**
   * Answers of one that will serve once it has read its file, found its masters or its replicas.
   */
  private static final Set<String> PASSING =
      Set.of("LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS");

  private RedisFaults() {}

  /**
   * Whether it is of one that is slow or not up yet, and not of one that the settings don't fit.
   */
  static boolean mayPass(Throwable fault) {
    if (fault instanceof StoreOpenException told) {
      return told.mayPass();
    }
    if (fault instanceof StoreUnavailableException) {
      return fault.getCause() == null || mayPass(fault.getCause());
    }
    if (fault instanceof Response) {
      return LOST.equals(fault.getMessage()) || mayPass(new RedisException(fault));
    }
    if (fault instanceof RedisException answer) {
      return PASSING.stream().anyMatch(answer::is);
    }
    return fault instanceof TimeoutException
        || (fault instanceof IOException
            && !(fault instanceof FileSystemException)
            && !isOfCertificates(fault));
  }

  /** What is told of a fault that kept the store from being opened. */
  static StoreOpenException notOpened(RedisSettings settings, Throwable fault) {
    if (fault instanceof StoreOpenException told) {
      return told;
    }
    return new StoreOpenException(
        "The store " + settings + " can't be reached: " + told(fault), fault, mayPass(fault));
  }

  static StoreOpenException ofFormat(RedisSettings settings, String format, String known) {
    return new StoreOpenException(
        "The store %s is of format %s, and this version reads %s: start the version that wrote it, or choose another prefix"
            .formatted(settings, format, known),
        null);
  }

  /**
   * That none of several nodes answered as it should.
   *
   * @param fault of one of them, see {@link #graver}
   */
  static StoreUnavailableException ofAll(String what, @Nullable Throwable fault) {
    return fault == null
        ? new StoreUnavailableException(what, null)
        : new StoreUnavailableException(what + ": " + told(fault), unavailable(fault));
  }

  /** The one that does not pass, if any: waiting for the other would be in vain. */
  static Throwable graver(@Nullable Throwable one, Throwable other) {
    return one == null || mayPass(one) ? other : one;
  }

  /** The message that tells the most. */
  private static String told(Throwable fault) {
    Throwable cause = fault.getCause();
    // One of several nodes has been told already, see ofAll.
    Throwable why = cause == null || cause instanceof StoreUnavailableException ? fault : cause;
    return messageOf(why);
  }

  static String messageOf(Throwable fault) {
    return fault.getMessage() == null ? fault.toString() : fault.getMessage();
  }

  private static StoreUnavailableException unavailable(Throwable fault) {
    return fault instanceof StoreUnavailableException known
        ? known
        : new StoreUnavailableException("Redis refuses it now", fault);
  }

  private static boolean isOfCertificates(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof GeneralSecurityException) {
        return true;
      }
    }
    return false;
  }
}
