package tech.onceonly.server;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link OnceOnlyServer} runs. Immutable and thread-safe; checked at {@link Builder#build()}.
 *
 * <p>The API keys that are given here share one key space: a key claimed with one is a duplicate
 * for every other. Separate tenants are told by a file ({@link Builder#tenants}).
 *
 * <p>{@link #toString()} never shows an API key.
 */
public final class ServerOptions {
  /** Listens on this machine alone unless told otherwise. */
  public static final String DEFAULT_HOST = "127.0.0.1";

  public static final int DEFAULT_PORT = 8080;

  public static final Plan DEFAULT_PLAN = Plan.PRO;

  /** In this process's heap: what is held ends with it. */
  public static final String DEFAULT_STORE = StoreChoice.MEMORY;

  /** Keys held at once in memory: about 250 MB of heap when full. */
  public static final int DEFAULT_MAX_KEYS = 1_000_000;

  /** Keys held at once on disk. */
  public static final int DEFAULT_MAX_KEYS_ON_DISK = 50_000_000;

  /** Bytes of stored results held at once in memory, over all keys. */
  public static final long DEFAULT_MAX_RESULT_BYTES = 64L * 1024 * 1024;

  /** Bytes of stored results held at once on disk, over all keys. */
  public static final long DEFAULT_MAX_RESULT_BYTES_ON_DISK = 1024L * 1024 * 1024;

  public static final int DEFAULT_MAX_CONNECTIONS = 10_000;

  /** How long a stop waits for requests in flight: less than the usual 10 s before a kill. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(5);

  private static final int MAX_API_KEY_CHARS = 512;

  private final String host;
  private final int port;
  private final List<TenantSettings> tenants;
  private final Plan plan;
  private final InstantSource clock;
  private final StoreChoice store;
  private final int maxKeys;
  private final long maxResultBytes;
  private final int eventLoops;
  private final int maxConnections;
  private final int duplicateStatus;
  private final Duration drainTimeout;
  private final @Nullable TlsFiles tls;
  private final boolean metrics;
  private final boolean console;

  private ServerOptions(Builder builder) {
    this.host = builder.host;
    this.port = builder.port;
    this.tenants = builder.allTenants();
    this.plan = builder.plan;
    this.clock = builder.clock;
    this.store = StoreChoice.of(builder.store);
    this.maxKeys = store.maxKeys(builder.maxKeys);
    this.maxResultBytes = store.maxResultBytes(builder.maxResultBytes);
    this.eventLoops = builder.eventLoops;
    this.maxConnections = builder.maxConnections;
    this.duplicateStatus = builder.duplicateStatus;
    this.drainTimeout = builder.drainTimeout;
    this.tls = builder.tlsFiles();
    this.metrics = builder.metrics;
    this.console = builder.console;
  }

  /** A builder with every default; at least one API key has still to be given. */
  public static Builder builder() {
    return new Builder();
  }

  public String host() {
    return host;
  }

  /** The port asked for; 0 means any free one. */
  public int port() {
    return port;
  }

  /** The one that has no name, where it has API keys, and those of the file. */
  List<TenantSettings> tenants() {
    return tenants;
  }

  public Plan plan() {
    return plan;
  }

  public InstantSource clock() {
    return clock;
  }

  StoreChoice store() {
    return store;
  }

  public int maxKeys() {
    return maxKeys;
  }

  public long maxResultBytes() {
    return maxResultBytes;
  }

  public int eventLoops() {
    return eventLoops;
  }

  public int maxConnections() {
    return maxConnections;
  }

  /** The HTTP status of a duplicate's answer: 200 or 409. */
  public int duplicateStatus() {
    return duplicateStatus;
  }

  public Duration drainTimeout() {
    return drainTimeout;
  }

  /** Whether it counts for Prometheus. */
  public boolean metrics() {
    return metrics;
  }

  /** Whether it has a page for browsers. */
  public boolean console() {
    return console;
  }

  /** Null where it speaks without TLS. */
  @Nullable TlsFiles tls() {
    return tls;
  }

  @Override
  public String toString() {
    return "ServerOptions[%s:%d, store %s, %s]".formatted(host, port, store, told());
  }

  /** What is not told otherwise at the start, for people; without secrets. */
  String told() {
    return "plan %s, duplicates %d, TLS %s, metrics %s, console %s, at most %s and %,d connections; tenants: %s"
        .formatted(
            plan.word(),
            duplicateStatus,
            tls == null ? "off" : tls,
            metrics ? "on" : "off",
            console ? "on" : "off",
            store.toldBound(maxKeys),
            maxConnections,
            tenants.stream().map(TenantSettings::told).collect(Collectors.joining(", ")));
  }

  /** Collects the settings. Not thread-safe. */
  public static final class Builder {
    private String host = DEFAULT_HOST;
    private int port = DEFAULT_PORT;
    private final Set<String> apiKeys = new LinkedHashSet<>();
    private final Set<String> adminKeys = new LinkedHashSet<>();
    private List<TenantSettings> tenants = List.of();
    private Plan plan = DEFAULT_PLAN;
    private InstantSource clock = InstantSource.system();
    private String store = DEFAULT_STORE;
    private @Nullable Integer maxKeys;
    private @Nullable Long maxResultBytes;
    private int eventLoops = Runtime.getRuntime().availableProcessors();
    private int maxConnections = DEFAULT_MAX_CONNECTIONS;
    private int duplicateStatus = 200;
    private Duration drainTimeout = DEFAULT_DRAIN_TIMEOUT;

    private @Nullable Path tlsCertificate;
    private @Nullable Path tlsKey;
    private @Nullable Path tlsClientAuthorities;
    private boolean metrics;
    private boolean console;

    private Builder() {}

    /** Address to listen on; default {@value ServerOptions#DEFAULT_HOST}. */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /** Port to listen on, 0 for any free one; default {@value ServerOptions#DEFAULT_PORT}. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Adds an API key that requests may carry. One is needed at least, or tenants. */
    public Builder apiKey(String apiKey) {
      this.apiKeys.add(apiKey);
      return this;
    }

    /**
     * Adds an API key of the admin role: it may do what the others may, and see, list and free keys
     * too. Default none, and then nobody may.
     */
    public Builder adminKey(String adminKey) {
      this.adminKeys.add(adminKey);
      return this;
    }

    /**
     * Tenants, each with a key space, API keys, a plan and limits of its own, from a file in JSON:
     * {@code {"tenants": [{"name": "shop", "plan": "pro", "limit_per_month": 100000,
     * "requests_per_second": 200, "keys": [{"sha256": "…", "role": "use"}]}]}}. Plan, limits and
     * role may be left out: then it is {@link Plan#PRO}, unlimited, and {@code use}; the other role
     * is {@code admin}. It is read once, here; the server has to be started anew to see a change.
     *
     * @throws IllegalArgumentException where it can't be read, naming the place and the mend
     */
    public Builder tenants(Path file) {
      this.tenants = TenantsFile.read(file);
      return this;
    }

    /** Default and maximum TTL of the API keys given here; default {@link Plan#PRO}. */
    public Builder plan(Plan plan) {
      this.plan = plan;
      return this;
    }

    /**
     * What tells the time for every TTL; default the system's clock, and with a Redis its own,
     * which all servers on it share.
     */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Where keys are kept: {@code memory} (default), which forgets them when the server stops, or
     * {@code rocksdb:DIR}, a directory on this machine's disk, which it makes where there is none.
     * What was answered from there has been synced to disk before. For it {@code
     * org.rocksdb:rocksdbjni} must be on the class path.
     *
     * <p>Or a Redis, which several servers may share: {@code
     * redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE]}. What {@code docs/server.md} says of it
     * holds.
     */
    public Builder store(String store) {
      this.store = store;
      return this;
    }

    /**
     * Most keys held at once, claims and leases together; default {@value
     * ServerOptions#DEFAULT_MAX_KEYS} in memory and {@value ServerOptions#DEFAULT_MAX_KEYS_ON_DISK}
     * on disk. At it new keys are refused with 503: no live claim is ever dropped to make room. Not
     * for a Redis, whose own {@code maxmemory} bounds it.
     */
    public Builder maxKeys(int maxKeys) {
      this.maxKeys = maxKeys;
      return this;
    }

    /**
     * Most bytes of results held at once; default {@value ServerOptions#DEFAULT_MAX_RESULT_BYTES}
     * in memory and {@value ServerOptions#DEFAULT_MAX_RESULT_BYTES_ON_DISK} on disk. Beyond it a
     * completion is still recorded, without its result, and the answer says so. Not for a Redis.
     */
    public Builder maxResultBytes(long maxResultBytes) {
      this.maxResultBytes = maxResultBytes;
      return this;
    }

    /** Event-loop threads; default one a processor. */
    public Builder eventLoops(int eventLoops) {
      this.eventLoops = eventLoops;
      return this;
    }

    /**
     * Most connections at once; default {@value ServerOptions#DEFAULT_MAX_CONNECTIONS}. One counts
     * from its first request on; one that never sends any is closed after two minutes.
     */
    public Builder maxConnections(int maxConnections) {
      this.maxConnections = maxConnections;
      return this;
    }

    /** Status of a duplicate's answer, 200 (default) or 409. */
    public Builder duplicateStatus(int duplicateStatus) {
      this.duplicateStatus = duplicateStatus;
      return this;
    }

    /** How long a stop waits for requests in flight; default 5 seconds. */
    public Builder drainTimeout(Duration drainTimeout) {
      this.drainTimeout = drainTimeout;
      return this;
    }

    /**
     * Whether {@code GET /metrics} tells Prometheus, without an API key, how much is claimed and
     * how long it takes, with tenants' names and without keys. Default no. For it {@code
     * io.micrometer:micrometer-registry-prometheus} must be on the class path.
     */
    public Builder metrics(boolean metrics) {
      this.metrics = metrics;
      return this;
    }

    /**
     * Whether {@code GET /} answers with the console, a page for operators. Anybody gets the page;
     * what it shows, it asks for with an {@link #adminKey} that is typed in there. Default no.
     */
    public Builder console(boolean console) {
      this.console = console;
      return this;
    }

    /**
     * Speaks TLS, with this certificate and its private key, files in PEM; default none. They are
     * read once: start the server anew when they are renewed.
     *
     * @param certificate its own first, then those between it and the authority; null for no TLS
     * @param key in PKCS #8 (or #1), without a password
     */
    public Builder tls(@Nullable Path certificate, @Nullable Path key) {
      this.tlsCertificate = certificate;
      this.tlsKey = key;
      return this;
    }

    /**
     * With TLS: lets only callers in that show a certificate of one of these authorities, a file in
     * PEM; default none, and all are let in. They need an API key all the same.
     */
    public Builder tlsClientAuthorities(@Nullable Path authorities) {
      this.tlsClientAuthorities = authorities;
      return this;
    }

    /**
     * Checks and builds.
     *
     * @throws IllegalArgumentException naming the setting and the mend
     */
    public ServerOptions build() {
      check(!host.isBlank(), "host is blank: give an address such as " + DEFAULT_HOST);
      check(port >= 0 && port <= 65_535, "port " + port + " is not within 0 to 65535 (0 = any)");
      check(
          !apiKeys.isEmpty() || !tenants.isEmpty(),
          "apiKey is missing: give at least one with apiKey(...), or a file with tenants(...)");
      check(
          adminKeys.isEmpty() || !apiKeys.isEmpty(),
          "adminKey is for the tenant of the apiKeys, and there are none: name it in the tenants"
              + " file");
      // The key itself stays out of the message.
      check(
          Stream.concat(apiKeys.stream(), adminKeys.stream()).allMatch(Builder::isUsable),
          "an apiKey or adminKey is blank, longer than "
              + MAX_API_KEY_CHARS
              + " characters or holds a character other than visible ASCII: choose another");
      check(
          Collections.disjoint(apiKeys, adminKeys),
          "an adminKey is an apiKey too: choose another, for it may do more");
      Set<String> inFile = new HashSet<>();
      tenants.forEach(tenant -> inFile.addAll(tenant.keys()));
      tenants.forEach(tenant -> inFile.addAll(tenant.adminKeys()));
      check(
          Stream.concat(apiKeys.stream(), adminKeys.stream())
              .map(Auth::digestOf)
              .noneMatch(inFile::contains),
          "an apiKey or adminKey is a tenant's of the file too: choose another");
      check(maxKeys == null || maxKeys >= 1, "maxKeys " + maxKeys + " is below 1");
      check(
          maxResultBytes == null || maxResultBytes >= 0,
          "maxResultBytes " + maxResultBytes + " is below 0");
      check(
          eventLoops >= 1 && eventLoops <= 1024,
          "eventLoops " + eventLoops + " is not within 1 to 1024");
      check(maxConnections >= 1, "maxConnections " + maxConnections + " is below 1");
      check(
          duplicateStatus == 200 || duplicateStatus == 409,
          "duplicateStatus " + duplicateStatus + " is neither 200 nor 409");
      check(
          (tlsCertificate == null) == (tlsKey == null),
          "tlsCertificate and tlsKey go together: give both, or none for no TLS");
      check(
          tlsClientAuthorities == null || tlsCertificate != null,
          "tlsClientAuthorities is for TLS: give tls(certificate, key) too");
      check(
          !drainTimeout.isNegative() && drainTimeout.compareTo(Duration.ofMinutes(10)) <= 0,
          "drainTimeout " + drainTimeout + " is not within 0 to 10 minutes");
      return new ServerOptions(this);
    }

    private @Nullable TlsFiles tlsFiles() {
      return tlsCertificate == null || tlsKey == null
          ? null
          : new TlsFiles(tlsCertificate, tlsKey, tlsClientAuthorities);
    }

    private List<TenantSettings> allTenants() {
      if (apiKeys.isEmpty()) {
        return tenants;
      }
      List<TenantSettings> all = new ArrayList<>();
      all.add(new TenantSettings("", plan, null, null, digestsOf(apiKeys), digestsOf(adminKeys)));
      all.addAll(tenants);
      return List.copyOf(all);
    }

    private static Set<String> digestsOf(Set<String> keys) {
      return keys.stream().map(Auth::digestOf).collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isUsable(String apiKey) {
      return !apiKey.isEmpty()
          && apiKey.length() <= MAX_API_KEY_CHARS
          && apiKey.chars().allMatch(c -> c > 0x20 && c < 0x7F);
    }

    private static void check(boolean holds, String message) {
      if (!holds) {
        throw new IllegalArgumentException(message);
      }
    }
  }
}
