package tech.onceonly.server;

import static tech.onceonly.server.Setting.DRAIN_TIMEOUT;
import static tech.onceonly.server.Setting.DUPLICATE_STATUS;
import static tech.onceonly.server.Setting.EVENT_LOOPS;
import static tech.onceonly.server.Setting.HOST;
import static tech.onceonly.server.Setting.MAX_CONNECTIONS;
import static tech.onceonly.server.Setting.MAX_KEYS;
import static tech.onceonly.server.Setting.MAX_RESULT_BYTES;
import static tech.onceonly.server.Setting.PORT;
import static tech.onceonly.server.SettingException.check;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** What a builder was told, or the default; and which of it can't be. Not thread-safe. */
final class ServerSettings {
  String host = ServerOptions.DEFAULT_HOST;
  int port = ServerOptions.DEFAULT_PORT;
  final ApiKeys apiKeys;
  Plan plan = ServerOptions.DEFAULT_PLAN;
  InstantSource clock;
  String store = ServerOptions.DEFAULT_STORE;
  @Nullable Integer maxKeys;
  @Nullable Long maxResultBytes;
  int eventLoops = Runtime.getRuntime().availableProcessors();
  int maxConnections = ServerOptions.DEFAULT_MAX_CONNECTIONS;
  int duplicateStatus = 200;
  Duration drainTimeout = ServerOptions.DEFAULT_DRAIN_TIMEOUT;

  @Nullable Path tlsCertificate;
  @Nullable Path tlsKey;
  @Nullable Path tlsClientAuthorities;
  boolean metrics;
  boolean console;

  ServerSettings(InstantSource clock) {
    this(clock, new ApiKeys());
  }

  private ServerSettings(InstantSource clock, ApiKeys apiKeys) {
    this.clock = clock;
    this.apiKeys = apiKeys;
  }

  /**
   * A copy of them.
   *
   * @throws SettingException where one can't be used by itself
   */
  ServerSettings checked() {
    check(
        !host.isBlank(),
        "%s is blank: give an address such as %s",
        HOST,
        ServerOptions.DEFAULT_HOST);
    check(port >= 0 && port <= 65_535, "%s %d is not within 0 to 65535 (0 = any)", PORT, port);
    check(maxKeys == null || maxKeys >= 1, "%s %d is below 1", MAX_KEYS, maxKeys);
    check(
        maxResultBytes == null || maxResultBytes >= 0,
        "%s %d is below 0",
        MAX_RESULT_BYTES,
        maxResultBytes);
    check(
        eventLoops >= 1 && eventLoops <= 1024,
        "%s %d is not within 1 to 1024",
        EVENT_LOOPS,
        eventLoops);
    check(maxConnections >= 1, "%s %d is below 1", MAX_CONNECTIONS, maxConnections);
    check(
        duplicateStatus == 200 || duplicateStatus == 409,
        "%s %d is neither 200 nor 409",
        DUPLICATE_STATUS,
        duplicateStatus);
    check(
        !drainTimeout.isNegative() && drainTimeout.compareTo(Duration.ofMinutes(10)) <= 0,
        "%s %s is not within 0 to 10 minutes",
        DRAIN_TIMEOUT,
        drainTimeout);
    return copy();
  }

  private ServerSettings copy() {
    ServerSettings copy = new ServerSettings(clock, apiKeys);
    copy.host = host;
    copy.port = port;
    copy.plan = plan;
    copy.store = store;
    copy.maxKeys = maxKeys;
    copy.maxResultBytes = maxResultBytes;
    copy.eventLoops = eventLoops;
    copy.maxConnections = maxConnections;
    copy.duplicateStatus = duplicateStatus;
    copy.drainTimeout = drainTimeout;
    copy.tlsCertificate = tlsCertificate;
    copy.tlsKey = tlsKey;
    copy.tlsClientAuthorities = tlsClientAuthorities;
    copy.metrics = metrics;
    copy.console = console;
    return copy;
  }
}
