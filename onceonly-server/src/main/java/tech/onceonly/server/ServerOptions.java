package tech.onceonly.server;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
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

  /** Of its own: nobody changes it. */
  private final ServerSettings set;

  private final List<TenantSettings> tenants;
  private final StoreChoice store;
  private final int maxKeys;
  private final long maxResultBytes;
  private final @Nullable TlsFiles tls;

  private ServerOptions(ServerSettings set) {
    this.set = set;
    tenants = set.apiKeys.tenants(set.plan);
    store = StoreChoice.of(set.store);
    maxKeys = store.maxKeys(set.maxKeys);
    maxResultBytes = store.maxResultBytes(set.maxResultBytes);
    tls = TlsFiles.of(set.tlsCertificate, set.tlsKey, set.tlsClientAuthorities);
  }

  /** A builder with every default; at least one API key has still to be given. */
  public static Builder builder() {
    return new Builder();
  }

  public String host() {
    return set.host;
  }

  /** The port asked for; 0 means any free one. */
  public int port() {
    return set.port;
  }

  /** The one that has no name, where it has API keys, and those of the file. */
  List<TenantSettings> tenants() {
    return tenants;
  }

  public Plan plan() {
    return set.plan;
  }

  public InstantSource clock() {
    return set.clock;
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
    return set.eventLoops;
  }

  public int maxConnections() {
    return set.maxConnections;
  }

  /** The HTTP status of a duplicate's answer: 200 or 409. */
  public int duplicateStatus() {
    return set.duplicateStatus;
  }

  public Duration drainTimeout() {
    return set.drainTimeout;
  }

  /** Whether it counts for Prometheus. */
  public boolean metrics() {
    return set.metrics;
  }

  /** Whether it has a page for browsers. */
  public boolean console() {
    return set.console;
  }

  /** Null where it speaks without TLS. */
  @Nullable TlsFiles tls() {
    return tls;
  }

  @Override
  public String toString() {
    return "ServerOptions[%s:%d, store %s, %s]".formatted(set.host, set.port, store, told());
  }

  /** What is not told otherwise at the start, for people; without secrets. */
  String told() {
    return "plan %s, duplicates %d, TLS %s, metrics %s, console %s, at most %s and %,d connections; tenants: %s"
        .formatted(
            set.plan.word(),
            set.duplicateStatus,
            tls == null ? "off" : tls,
            set.metrics ? "on" : "off",
            set.console ? "on" : "off",
            store.toldBound(maxKeys),
            set.maxConnections,
            tenants.stream().map(TenantSettings::told).collect(Collectors.joining(", ")));
  }

  /** Collects the settings. Not thread-safe. */
  public static final class Builder {
    private final ServerSettings set = new ServerSettings(InstantSource.system());

    private Builder() {}

    /** Address to listen on; default {@value ServerOptions#DEFAULT_HOST}. */
    public Builder host(String host) {
      set.host = host;
      return this;
    }

    /** Port to listen on, 0 for any free one; default {@value ServerOptions#DEFAULT_PORT}. */
    public Builder port(int port) {
      set.port = port;
      return this;
    }

    /** Adds an API key that requests may carry. One is needed at least, of this kind or another. */
    public Builder apiKey(String apiKey) {
      set.apiKeys.add(apiKey);
      return this;
    }

    /**
     * Adds an API key of the admin role: it may do what the others may, and see, list and free
     * their keys too, but not those of {@link #tenants}. Default none, and then nobody may. One
     * without any {@link #apiKey} is enough, where there are no tenants.
     */
    public Builder adminKey(String adminKey) {
      set.apiKeys.addAdmin(adminKey);
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
      set.apiKeys.setTenants(TenantsFile.read(file));
      return this;
    }

    /** Default and maximum TTL of the API keys given here; default {@link Plan#PRO}. */
    public Builder plan(Plan plan) {
      set.plan = plan;
      return this;
    }

    /**
     * What tells the time for every TTL; default the system's clock, and with a Redis its own,
     * which all servers on it share.
     */
    public Builder clock(InstantSource clock) {
      set.clock = clock;
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
      set.store = store;
      return this;
    }

    /**
     * Most keys held at once, claims and leases together; default {@value
     * ServerOptions#DEFAULT_MAX_KEYS} in memory and {@value ServerOptions#DEFAULT_MAX_KEYS_ON_DISK}
     * on disk. At it new keys are refused with 503: no live claim is ever dropped to make room. Not
     * for a Redis, whose own {@code maxmemory} bounds it.
     */
    public Builder maxKeys(int maxKeys) {
      set.maxKeys = maxKeys;
      return this;
    }

    /**
     * Most bytes of results held at once; default {@value ServerOptions#DEFAULT_MAX_RESULT_BYTES}
     * in memory and {@value ServerOptions#DEFAULT_MAX_RESULT_BYTES_ON_DISK} on disk. Beyond it a
     * completion is still recorded, without its result, and the answer says so. Not for a Redis.
     */
    public Builder maxResultBytes(long maxResultBytes) {
      set.maxResultBytes = maxResultBytes;
      return this;
    }

    /** Event-loop threads; default one a processor. */
    public Builder eventLoops(int eventLoops) {
      set.eventLoops = eventLoops;
      return this;
    }

    /**
     * Most connections at once; default {@value ServerOptions#DEFAULT_MAX_CONNECTIONS}. One counts
     * from its first request on; one that never sends any is closed after two minutes.
     */
    public Builder maxConnections(int maxConnections) {
      set.maxConnections = maxConnections;
      return this;
    }

    /** Status of a duplicate's answer, 200 (default) or 409. */
    public Builder duplicateStatus(int duplicateStatus) {
      set.duplicateStatus = duplicateStatus;
      return this;
    }

    /** How long a stop waits for requests in flight; default 5 seconds. */
    public Builder drainTimeout(Duration drainTimeout) {
      set.drainTimeout = drainTimeout;
      return this;
    }

    /**
     * Whether {@code GET /metrics} tells Prometheus, without an API key, how much is claimed and
     * how long it takes, with tenants' names and without keys. Default no. For it {@code
     * io.micrometer:micrometer-registry-prometheus} must be on the class path.
     */
    public Builder metrics(boolean metrics) {
      set.metrics = metrics;
      return this;
    }

    /**
     * Whether {@code GET /} answers with the console, a page for operators. Anybody gets the page;
     * what it shows, it asks for with an {@link #adminKey} that is typed in there. Default no.
     */
    public Builder console(boolean console) {
      set.console = console;
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
      set.tlsCertificate = certificate;
      set.tlsKey = key;
      return this;
    }

    /**
     * With TLS: lets only callers in that show a certificate of one of these authorities, a file in
     * PEM; default none, and all are let in. They need an API key all the same.
     */
    public Builder tlsClientAuthorities(@Nullable Path authorities) {
      set.tlsClientAuthorities = authorities;
      return this;
    }

    /**
     * Checks and builds.
     *
     * @throws IllegalArgumentException naming the setting and the mend
     */
    public ServerOptions build() {
      return new ServerOptions(set.checked());
    }
  }
}
