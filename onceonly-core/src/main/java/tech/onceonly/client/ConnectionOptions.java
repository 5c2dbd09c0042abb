package tech.onceonly.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the client connects, and what it bounds. Immutable: each {@code with} gives a changed copy.
 *
 * @param connectTimeout for a new connection, TLS included where the platform counts it
 * @param idleTimeout a connection that carries nothing for so long is closed; whole seconds
 * @param maxConnections to the API, at most
 * @param pipelining how many calls may share an HTTP/1.1 connection at one time; 1 for none; 0 for
 *     {@value #PLAIN_PIPELINING} without TLS and 1 with it. Where such a connection dies, every
 *     call on it is in doubt, and a slow call delays those behind it
 * @param httpVersion which HTTP is spoken
 * @param maxInFlight how many calls may be under way at one time
 * @param maxWaiting how many more may wait for their turn; the next is answered {@link
 *     ClientBusyException} at once
 * @param maxResponseBytes an answer with a longer body is malformed
 * @param trustStore null for the platform's own
 * @param keyStore the client's own certificate; null for none
 */
public record ConnectionOptions(
    Duration connectTimeout,
    Duration idleTimeout,
    int maxConnections,
    int pipelining,
    HttpVersionSetting httpVersion,
    int maxInFlight,
    int maxWaiting,
    int maxResponseBytes,
    @Nullable TrustStore trustStore,
    @Nullable ClientKeyStore keyStore) {

  /** Calls that share a connection without TLS, where nothing else is set. */
  public static final int PLAIN_PIPELINING = 64;

  /** 2 s, 30 s, 4 connections, pipelining by scheme, AUTO, 1,024, 20,000, 1 MiB. */
  public static final ConnectionOptions DEFAULTS =
      new ConnectionOptions(
          Duration.ofSeconds(2),
          Duration.ofSeconds(30),
          4,
          0,
          HttpVersionSetting.AUTO,
          1_024,
          20_000,
          1_048_576,
          null,
          null);

  public ConnectionOptions {
    Checks.positive("connectTimeout", connectTimeout);
    if (Checks.positive("idleTimeout", idleTimeout).toSeconds() < 1) {
      throw new IllegalArgumentException("idleTimeout must be at least 1 s, was " + idleTimeout);
    }
    Checks.between("maxConnections", 1, 10_000, maxConnections);
    Checks.between("pipelining", 0, 10_000, pipelining);
    Checks.between("maxInFlight", 1, 1_000_000, maxInFlight);
    Checks.between("maxWaiting", 0, 10_000_000, maxWaiting);
    Checks.between("maxResponseBytes", 1_024, 1 << 30, maxResponseBytes);
  }

  public ConnectionOptions withConnectTimeout(Duration value) {
    return copy(value, idleTimeout, maxConnections, pipelining, httpVersion, trustStore, keyStore);
  }

  public ConnectionOptions withIdleTimeout(Duration value) {
    return copy(
        connectTimeout, value, maxConnections, pipelining, httpVersion, trustStore, keyStore);
  }

  public ConnectionOptions withMaxConnections(int value) {
    return copy(connectTimeout, idleTimeout, value, pipelining, httpVersion, trustStore, keyStore);
  }

  public ConnectionOptions withPipelining(int value) {
    return copy(
        connectTimeout, idleTimeout, maxConnections, value, httpVersion, trustStore, keyStore);
  }

  public ConnectionOptions withHttpVersion(HttpVersionSetting value) {
    return copy(
        connectTimeout, idleTimeout, maxConnections, pipelining, value, trustStore, keyStore);
  }

  public ConnectionOptions withTrustStore(@Nullable TrustStore value) {
    return copy(
        connectTimeout, idleTimeout, maxConnections, pipelining, httpVersion, value, keyStore);
  }

  public ConnectionOptions withKeyStore(@Nullable ClientKeyStore value) {
    return copy(
        connectTimeout, idleTimeout, maxConnections, pipelining, httpVersion, trustStore, value);
  }

  /** Bounds on calls and on what they may bring. */
  public ConnectionOptions withBounds(int maxInFlight, int maxWaiting, int maxResponseBytes) {
    return new ConnectionOptions(
        connectTimeout,
        idleTimeout,
        maxConnections,
        pipelining,
        httpVersion,
        maxInFlight,
        maxWaiting,
        maxResponseBytes,
        trustStore,
        keyStore);
  }

  /** What {@link #pipelining} comes to. */
  int pipeliningFor(boolean tls) {
    return pipelining > 0 ? pipelining : tls ? 1 : PLAIN_PIPELINING;
  }

  private ConnectionOptions copy(
      Duration connectTimeout,
      Duration idleTimeout,
      int maxConnections,
      int pipelining,
      HttpVersionSetting httpVersion,
      @Nullable TrustStore trustStore,
      @Nullable ClientKeyStore keyStore) {
    return new ConnectionOptions(
        connectTimeout,
        idleTimeout,
        maxConnections,
        pipelining,
        httpVersion,
        maxInFlight,
        maxWaiting,
        maxResponseBytes,
        trustStore,
        keyStore);
  }
}
