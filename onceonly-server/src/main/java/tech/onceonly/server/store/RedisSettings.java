package tech.onceonly.server.store;

import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.RedisOptions;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is and how it is used, by one URL: {@code
 * redis[s]://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/DATABASE][?NAME=VALUE[&…]]}. Immutable.
 *
 * <p>{@link #toString()} shows neither user nor password.
 */
public final class RedisSettings {
  private static final Pattern URL =
      Pattern.compile("(rediss?)://(?:([^@/?]*)@)?([^@/?]+)(?:/(\\d*))?(?:\\?(.*))?");
  private static final Pattern NODE =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]+]|[^:\\[\\],\\s]+)(?::(\\d{1,5}))?");
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

  private static final int DEFAULT_PORT = 6379;
  private static final int DEFAULT_SENTINEL_PORT = 26_379;
  private static final String DEFAULT_PREFIX = "onceonly";
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration DEFAULT_START_TIMEOUT = Duration.ofSeconds(30);
  private static final int MAX_REPLICAS = 16;

  private static final Set<String> NAMES =
      Set.of(
          "cluster",
          "sentinel",
          "sentinel-password",
          "prefix",
          "wait-replicas",
          "timeout-ms",
          "start-timeout-ms",
          "ca");

  private final boolean tls;
  private final List<String> nodes;
  private final @Nullable String user;
  private final @Nullable String password;
  private final int database;
  private final boolean cluster;
  private final @Nullable String sentinel;
  private final @Nullable String sentinelPassword;
  private final String prefix;
  private final int waitReplicas;
  private final Duration timeout;
  private final Duration startTimeout;
  private final @Nullable String ca;

  private RedisSettings(Matcher url) {
    tls = url.group(1).equals("rediss");
    Map<String, String> query = queryOf(url.group(5));
    cluster = flag(query, "cluster");
    sentinel = query.get("sentinel");
    sentinelPassword = query.get("sentinel-password");
    nodes = nodesOf(url.group(3), sentinel == null ? DEFAULT_PORT : DEFAULT_SENTINEL_PORT);
    database = url.group(4) == null || url.group(4).isEmpty() ? 0 : number(url.group(4), 999_999);
    prefix = query.getOrDefault("prefix", DEFAULT_PREFIX);
    waitReplicas = number(query.getOrDefault("wait-replicas", "0"), MAX_REPLICAS);
    timeout = millis(query, "timeout-ms", DEFAULT_TIMEOUT, 60_000);
    startTimeout = millis(query, "start-timeout-ms", DEFAULT_START_TIMEOUT, 600_000);
    ca = query.get("ca");
    String userInfo = url.group(2);
    int colon = userInfo == null ? -1 : userInfo.indexOf(':');
    user = userInfo == null || colon <= 0 ? null : decoded(userInfo.substring(0, colon));
    password = userInfo == null ? null : decoded(userInfo.substring(colon + 1));
    check();
  }

  private void check() {
    refuseIf(cluster && sentinel != null, "it is a cluster or has sentinels, not both");
    refuseIf(cluster && database != 0, "a cluster has no databases: leave /" + database + " out");
    refuseIf(
        nodes.size() > 1 && !cluster && sentinel == null,
        "several nodes need ?cluster=true or ?sentinel=MASTER-NAME");
    refuseIf(!PREFIX.matcher(prefix).matches(), "prefix takes 1 to 64 of A-Z a-z 0-9 . _ : -");
    refuseIf(timeout.toMillis() < 100, "timeout-ms takes 100 to 60000");
    refuseIf(
        sentinelPassword != null && sentinel == null, "sentinel-password is for sentinel= alone");
    refuseIf(ca != null && !tls, "ca is for rediss:// alone");
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException naming the mend; it never shows a password
   */
  public static RedisSettings of(String url) {
    Matcher matcher = URL.matcher(url);
    refuseIf(
        !matcher.matches(),
        "it is not redis[s]://[USER:PASSWORD@]HOST[:PORT][,…][/DATABASE][?NAME=VALUE&…],"
            + " with @ / ? : in user and password percent-encoded");
    return new RedisSettings(matcher);
  }

  /** Each as host:port. */
  List<String> nodes() {
    return nodes;
  }

  boolean isCluster() {
    return cluster;
  }

  /** The name of the master that the nodes, which are sentinels, watch; null where none are. */
  @Nullable String sentinel() {
    return sentinel;
  }

  String prefix() {
    return prefix;
  }

  /** How many replicas must have a write before it is acknowledged. */
  int waitReplicas() {
    return waitReplicas;
  }

  /** Bounds each wait: for a connection, for an answer. */
  Duration timeout() {
    return timeout;
  }

  /** For so long one that is not up yet, or slow, is tried again at the start; zero: never. */
  public Duration startTimeout() {
    return startTimeout;
  }

  /** How long finding the nodes, being connected and being answered may take, all together. */
  public Duration longestWait() {
    return timeout.multipliedBy(3L * (1 + nodes.size()));
  }

  /**
   * For one connection to that node.
   *
   * @param isData it is no sentinel
   */
  RedisOptions optionsFor(String node, int maxWaiting, boolean isData) {
    boolean selects = isData && database != 0;
    return new RedisOptions()
        .setConnectionString(
            (tls ? "rediss://" : "redis://") + node + (selects ? "/" + database : ""))
        .setMaxPoolSize(1)
        .setMaxPoolWaiting(1)
        .setPoolCleanerInterval(-1)
        .setMaxWaitingHandlers(maxWaiting)
        .setUser(isData ? user : null)
        .setPassword(isData ? password : sentinelPassword)
        .setNetClientOptions(netOptions());
  }

  private NetClientOptions netOptions() {
    NetClientOptions options =
        new NetClientOptions()
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true)
            .setConnectTimeout((int) timeout.toMillis());
    if (tls) {
      options.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
      if (ca != null) {
        options.setTrustOptions(new PemTrustOptions().addCertPath(ca));
      }
    }
    return options;
  }

  @Override
  public String toString() {
    String shown = (tls ? "rediss://" : "redis://") + String.join(",", nodes) + "/" + database;
    if (cluster) {
      return shown + "?cluster=true";
    }
    return sentinel == null ? shown : shown + "?sentinel=" + sentinel;
  }

  private static List<String> nodesOf(String text, int defaultPort) {
    List<String> nodes = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher node = NODE.matcher(part);
      refuseIf(!node.matches(), "a node is no HOST[:PORT]");
      int port = node.group(2) == null ? defaultPort : number(node.group(2), 65_535);
      nodes.add(node.group(1) + ":" + port);
    }
    return List.copyOf(nodes);
  }

  private static Map<String, String> queryOf(@Nullable String text) {
    Map<String, String> query = new LinkedHashMap<>();
    if (text == null || text.isEmpty()) {
      return query;
    }
    for (String part : text.split("&", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      refuseIf(
          !NAMES.contains(name), "'" + name + "' is none of " + NAMES.stream().sorted().toList());
      String value = equals < 0 ? "" : decoded(part.substring(equals + 1));
      refuseIf(value.isBlank(), name + " has no value");
      query.put(name, value);
    }
    return query;
  }

  private static boolean flag(Map<String, String> query, String name) {
    String value = query.getOrDefault(name, "false");
    refuseIf(!value.equals("true") && !value.equals("false"), name + " is neither true nor false");
    return value.equals("true");
  }

  private static Duration millis(
      Map<String, String> query, String name, Duration otherwise, int max) {
    String text = query.getOrDefault(name, Long.toString(otherwise.toMillis()));
    return Duration.ofMillis(number(text, max));
  }

  private static int number(String text, int max) {
    int number;
    try {
      number = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      number = -1;
    }
    refuseIf(number < 0 || number > max, "'" + text + "' is not within 0 to " + max);
    return number;
  }

  private static String decoded(String text) {
    try {
      // A plus is a plus.
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // Without its cause, which may hold a part of the password.
      throw new IllegalArgumentException("store redis: the URL is not well percent-encoded");
    }
  }

  private static void refuseIf(boolean fault, String message) {
    if (fault) {
      throw new IllegalArgumentException("store redis: " + message);
    }
  }
}
