package tech.onceonly.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimService;
import tech.onceonly.Fingerprint;
import tech.onceonly.Fingerprints;
import tech.onceonly.GuardEvents;
import tech.onceonly.GuardOptions;
import tech.onceonly.KeyScheme;
import tech.onceonly.KeySource;
import tech.onceonly.KeySources;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.JsonValues;

/**
 * How records of a Kafka consumer are protected.
 *
 * <p>Three things have no default: {@link Builder#groupId} (or {@link Builder#namespace}), {@link
 * Builder#autoCommit}, and where the claims are kept. Immutable and thread-safe.
 */
public final class KafkaOptions {

  public static final String DEFAULT_KEYS = "header:Idempotency-Key,offset";
  public static final Duration DEFAULT_POLL_BUDGET = Duration.ofSeconds(2);
  public static final int DEFAULT_MAX_COMPLETIONS_IN_FLIGHT = 1;

  private final KeyScheme keys;
  private final Mode mode;
  private final boolean autoCommit;
  private final int maxCompletionsInFlight;
  private final Duration pollBudget;
  private final Duration maxHold;
  private final String clusterAlias;
  private final boolean enabled;
  private final LongSupplier nanoTime;
  private final Supplier<? extends ClaimService> service;
  private final boolean ownsService;
  private final GuardOptions byOutcome;
  private final GuardOptions byCommit;

  private KafkaOptions(
      Builder from, KeyScheme keys, boolean autoCommit, Supplier<? extends ClaimService> service) {
    this.keys = keys;
    mode = from.mode;
    this.autoCommit = autoCommit;
    maxCompletionsInFlight = from.maxCompletionsInFlight;
    pollBudget = from.pollBudget;
    maxHold = from.maxHold;
    clusterAlias = from.clusterAlias;
    enabled = from.enabled;
    nanoTime = from.nanoTime;
    this.service = service;
    ownsService = from.ownsService;
    byOutcome = from.guard(keys, Settlement.BY_OUTCOME);
    byCommit = from.guard(keys, Settlement.BY_COMMIT);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Whose effects the keys name: the group, where no namespace was set. */
  public String namespace() {
    return keys.namespace();
  }

  public Mode mode() {
    return mode;
  }

  /** Whether the consumer's {@code enable.auto.commit} is true. */
  public boolean autoCommit() {
    return autoCommit;
  }

  public int maxCompletionsInFlight() {
    return maxCompletionsInFlight;
  }

  public Duration pollBudget() {
    return pollBudget;
  }

  public Duration maxHold() {
    return maxHold;
  }

  /** Empty where none was set. */
  public String clusterAlias() {
    return clusterAlias;
  }

  public boolean enabled() {
    return enabled;
  }

  KeyScheme keys() {
    return keys;
  }

  /** The guard's part of these options. */
  GuardOptions toGuardOptions(Settlement settlement) {
    return settlement == Settlement.BY_COMMIT ? byCommit : byOutcome;
  }

  /** The service to ask: made anew where it is to be owned, see {@link #ownsClaimService}. */
  ClaimService openClaimService() {
    return service.get();
  }

  /** Whether who opened the service closes it. */
  boolean ownsClaimService() {
    return ownsService;
  }

  LongSupplier nanoTime() {
    return nanoTime;
  }

  /** Collects settings; {@link #build} checks them together. Not thread-safe. */
  public static final class Builder {
    private @Nullable String groupId;
    private @Nullable String namespace;
    private String generation = KeyScheme.DEFAULT_GENERATION;
    private String keys = DEFAULT_KEYS;
    private @Nullable List<KeySource> keySources;
    private Mode mode = GuardOptions.DEFAULT_MODE;
    private @Nullable Duration ttl;
    private Duration leaseTtl = GuardOptions.DEFAULT_LEASE_TTL;
    private Duration maxRenewal = GuardOptions.DEFAULT_MAX_RENEWAL;
    private boolean failOpen = true;
    private GuardOptions.NoKey noKey = GuardOptions.NoKey.PROCESS_UNPROTECTED;
    private Duration pollBudget = DEFAULT_POLL_BUDGET;
    private Duration maxHold = GuardOptions.DEFAULT_MAX_HOLD;
    private String clusterAlias = "";
    private int maxCompletionsInFlight = DEFAULT_MAX_COMPLETIONS_IN_FLIGHT;
    private Set<String> excludedTopics = Set.of();
    private @Nullable Boolean autoCommit;
    private @Nullable Fingerprint fingerprint;
    private boolean dryRun;
    private boolean enabled = true;
    private GuardEvents events = GuardEvents.NONE;
    private Consumer<GuardOptions.Builder> bounds = guard -> {};
    private LongSupplier nanoTime = System::nanoTime;
    private @Nullable Supplier<? extends ClaimService> service;
    private boolean ownsService;

    private Builder() {}

    /** The consumer's {@code group.id}. It is the namespace of keys where none is set. */
    public Builder groupId(String value) {
      groupId = value;
      return this;
    }

    /**
     * The {@code group.id} of share consumers, for {@link OnceOnlyKafka#shareGroup}. It is the
     * namespace of keys where none is set. Share groups know no automatic commit, so {@link
     * #autoCommit} need not be set.
     */
    public Builder shareGroup(String value) {
      autoCommit = false;
      return groupId(value);
    }

    /** Whose effects these are: deliveries in other namespaces are no duplicates of these. */
    public Builder namespace(String value) {
      namespace = value;
      return this;
    }

    /** Raised when everything is to be processed again on purpose. Default 1. */
    public Builder generation(String value) {
      generation = value;
      return this;
    }

    /** The key sources in order, as {@link KeySources#parse} reads them. */
    public Builder keys(String setting) {
      keys = setting;
      keySources = null;
      return this;
    }

    /** The key sources in order. */
    public Builder keys(List<KeySource> sources) {
      keySources = List.copyOf(sources);
      return this;
    }

    /** Default {@link Mode#CHECK_LOCK}. */
    public Builder mode(Mode value) {
      mode = value;
      return this;
    }

    /** How long a check-lock claim is remembered; whole seconds. Null, the default: the plan's. */
    public Builder ttl(@Nullable Duration value) {
      ttl = value;
      return this;
    }

    /** How long a lease lasts without a heartbeat; whole seconds. Default 60 s. */
    public Builder leaseTtl(Duration value) {
      leaseTtl = value;
      return this;
    }

    /**
     * How long a lease is renewed while no outcome of its poll is told; past it the lease runs out,
     * and the next owner no longer waits for a listener that hangs. Default an hour.
     */
    public Builder maxRenewal(Duration value) {
      maxRenewal = value;
      return this;
    }

    /** Whether records run while the API is down. Default true; if not, they are held. */
    public Builder failOpen(boolean value) {
      failOpen = value;
      return this;
    }

    /** What becomes of a record without a key. Default: it runs unprotected, and is counted. */
    public Builder noKey(GuardOptions.NoKey value) {
      noKey = value;
      return this;
    }

    /**
     * In lease mode, how many completions the handler may run ahead of. The default, 1, waits for
     * each: a process that is killed doubles one effect at most. With more, a handler that is quick
     * is several times faster, and a kill may double as many effects as are in flight.
     */
    public Builder maxCompletionsInFlight(int value) {
      maxCompletionsInFlight = value;
      return this;
    }

    /**
     * The most that a poll waits for claims, all together. Default 2 s. It counts against the
     * consumer's {@code max.poll.interval.ms}.
     */
    public Builder pollBudget(Duration value) {
      pollBudget = value;
      return this;
    }

    /** Caps how long a partition is held before it is asked again. Default 30 s. */
    public Builder maxHold(Duration value) {
      maxHold = value;
      return this;
    }

    /** Names the cluster in offset keys. Mirrors that keep offsets want the same on both sides. */
    public Builder clusterAlias(String value) {
      clusterAlias = value;
      return this;
    }

    /** Topics whose records pass without a claim. Default none. */
    public Builder excludedTopics(Set<String> value) {
      excludedTopics = Set.copyOf(value);
      return this;
    }

    /** What the consumer's {@code enable.auto.commit} is; Kafka's own default is true. Required. */
    public Builder autoCommit(boolean value) {
      autoCommit = value;
      return this;
    }

    /**
     * Has another record that is skipped for the same key noticed and told, as {@link
     * Fingerprints#parse} reads it: {@code payload}, or a class of your own. It changes no
     * decision. Default {@code none}.
     */
    public Builder fingerprint(String setting) {
      fingerprint = Fingerprints.parse(setting);
      return this;
    }

    /** As {@link #fingerprint(String)}; null for none. */
    public Builder fingerprint(@Nullable Fingerprint value) {
      fingerprint = value;
      return this;
    }

    /** Decide, claim and count, but run everything. Default false. */
    public Builder dryRun(boolean value) {
      dryRun = value;
      return this;
    }

    /** False lets every record pass without a claim. Default true. */
    public Builder enabled(boolean value) {
      enabled = value;
      return this;
    }

    public Builder events(GuardEvents value) {
      events = value;
      return this;
    }

    /**
     * The guard's bounds: calls in flight, unsettled claims, call timeout, cache of finished keys,
     * and what is shown with a claim. What these options have a setting for is overwritten by it.
     */
    public Builder bounds(Consumer<GuardOptions.Builder> value) {
      bounds = value;
      return this;
    }

    /** Keeps the claims. It is shared: whoever made it closes it. */
    public Builder claimService(ClaimService value) {
      service = () -> value;
      ownsService = false;
      return this;
    }

    /**
     * The API that keeps the claims. Each consumer has a client of its own, closed with it, which
     * asks once at the start whether the API key is good: {@code wrap} and {@code on} throw {@link
     * RefusedException} where it is not, and start where nobody answers.
     */
    public Builder client(ClientOptions value) {
      return ownedClaimService(() -> HttpClaimConnection.openChecked(value));
    }

    /** Makes what keeps the claims, for each consumer its own, closed with it. */
    public Builder ownedClaimService(Supplier<? extends ClaimService> value) {
      service = value;
      ownsService = true;
      return this;
    }

    Builder nanoTime(LongSupplier value) {
      nanoTime = value;
      return this;
    }

    /**
     * Checks and makes the options.
     *
     * @throws IllegalArgumentException naming the setting and the mend
     */
    public KafkaOptions build() {
      String scope = namespace != null ? namespace : groupId;
      if (scope == null || scope.isBlank()) {
        throw new IllegalArgumentException(
            "groupId must be set to the consumer's group.id, or namespace to a name of your own:"
                + " it tells whose effects the keys name");
      }
      if (autoCommit == null) {
        throw new IllegalArgumentException(
            "autoCommit must be set to what the consumer's enable.auto.commit is, which cannot be"
                + " read from it; Kafka's default is true. It decides when a record counts as"
                + " done");
      }
      if (service == null) {
        throw new IllegalArgumentException(
            "client must be set to the API's options, or claimService to a service of your own: it"
                + " says where the claims are kept");
      }
      if (pollBudget.compareTo(Duration.ofMillis(1)) < 0) {
        throw new IllegalArgumentException(
            "pollBudget must be at least 1 ms, was " + pollBudget.toMillis());
      }
      if (maxCompletionsInFlight < 1) {
        throw new IllegalArgumentException(
            "maxCompletionsInFlight must be at least 1, was " + maxCompletionsInFlight);
      }
      return new KafkaOptions(
          this, new KeyScheme(scope, generation, sources()), autoCommit, service);
    }

    private GuardOptions guard(KeyScheme scheme, Settlement settlement) {
      Set<String> excluded = excludedTopics;
      boolean off = !enabled;
      GuardOptions.Builder guard = GuardOptions.builder(scheme);
      bounds.accept(guard);
      return guard
          .mode(mode)
          .settlement(settlement)
          .ttl(ttl)
          .leaseTtl(leaseTtl)
          .maxRenewal(maxRenewal)
          .failOpen(failOpen)
          .noKey(noKey)
          .maxHold(maxHold)
          .fingerprint(fingerprint)
          .dryRun(dryRun)
          .bypass(delivery -> off || excluded.contains(delivery.destination()))
          .events(events)
          .nanoTime(nanoTime)
          .build();
    }

    private List<KeySource> sources() {
      if (keySources != null) {
        return keySources;
      }
      return KeySources.parse(keys, KeySources.Vocabulary.KAFKA, JsonValues::at);
    }
  }
}
