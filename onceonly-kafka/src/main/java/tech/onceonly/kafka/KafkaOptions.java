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

  /** Of its own: nobody changes it. */
  private final KafkaOptionValues set;

  private final KeyScheme keys;
  private final GuardOptions byOutcome;
  private final GuardOptions byCommit;

  private KafkaOptions(KafkaOptionValues set) {
    this.set = set;
    keys = set.keyScheme();
    byOutcome = set.guard(keys, Settlement.BY_OUTCOME);
    byCommit = set.guard(keys, Settlement.BY_COMMIT);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Whose effects the keys name: the group, where no namespace was set. */
  public String namespace() {
    return keys.namespace();
  }

  public Mode mode() {
    return set.mode;
  }

  /** Whether the consumer's {@code enable.auto.commit} is true. */
  public boolean autoCommit() {
    return set.isAutoCommit();
  }

  public int maxCompletionsInFlight() {
    return set.maxCompletionsInFlight;
  }

  public Duration pollBudget() {
    return set.pollBudget;
  }

  public Duration maxHold() {
    return set.maxHold;
  }

  /** Empty where none was set. */
  public String clusterAlias() {
    return set.clusterAlias;
  }

  public boolean enabled() {
    return set.enabled;
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
    return set.claimService().get();
  }

  /** Whether who opened the service closes it. */
  boolean ownsClaimService() {
    return set.ownsService;
  }

  LongSupplier nanoTime() {
    return set.nanoTime;
  }

  /** Collects settings; {@link #build} checks them together. Not thread-safe. */
  public static final class Builder {
    private final KafkaOptionValues set = new KafkaOptionValues(System::nanoTime);

    private Builder() {}

    /** The consumer's {@code group.id}. It is the namespace of keys where none is set. */
    public Builder groupId(String value) {
      set.groupId = value;
      return this;
    }

    /**
     * The {@code group.id} of share consumers, for {@link OnceOnlyKafka#shareGroup}. It is the
     * namespace of keys where none is set. Share groups know no automatic commit, so {@link
     * #autoCommit} need not be set.
     */
    public Builder shareGroup(String value) {
      set.autoCommit = false;
      return groupId(value);
    }

    /** Whose effects these are: deliveries in other namespaces are no duplicates of these. */
    public Builder namespace(String value) {
      set.namespace = value;
      return this;
    }

    /** Raised when everything is to be processed again on purpose. Default 1. */
    public Builder generation(String value) {
      set.generation = value;
      return this;
    }

    /** The key sources in order, as {@link KeySources#parse} reads them. */
    public Builder keys(String setting) {
      set.keys = setting;
      set.keySources = null;
      return this;
    }

    /** The key sources in order. */
    public Builder keys(List<KeySource> sources) {
      set.keySources = List.copyOf(sources);
      return this;
    }

    /** Default {@link Mode#CHECK_LOCK}. */
    public Builder mode(Mode value) {
      set.mode = value;
      return this;
    }

    /** How long a check-lock claim is remembered; whole seconds. Null, the default: the plan's. */
    public Builder ttl(@Nullable Duration value) {
      set.ttl = value;
      return this;
    }

    /** How long a lease lasts without a heartbeat; whole seconds. Default 60 s. */
    public Builder leaseTtl(Duration value) {
      set.leaseTtl = value;
      return this;
    }

    /**
     * How long a lease is renewed while no outcome of its poll is told; past it the lease runs out,
     * and the next owner no longer waits for a listener that hangs. Default an hour.
     */
    public Builder maxRenewal(Duration value) {
      set.maxRenewal = value;
      return this;
    }

    /** Whether records run while the API is down. Default true; if not, they are held. */
    public Builder failOpen(boolean value) {
      set.failOpen = value;
      return this;
    }

    /** What becomes of a record without a key. Default: it runs unprotected, and is counted. */
    public Builder noKey(GuardOptions.NoKey value) {
      set.noKey = value;
      return this;
    }

    /**
     * In lease mode, how many completions the handler may run ahead of. The default, 1, waits for
     * each: a process that is killed doubles one effect at most. With more, a handler that is quick
     * is several times faster, and a kill may double as many effects as are in flight.
     */
    public Builder maxCompletionsInFlight(int value) {
      set.maxCompletionsInFlight = value;
      return this;
    }

    /**
     * The most that a poll waits for claims, all together. Default 2 s. It counts against the
     * consumer's {@code max.poll.interval.ms}.
     */
    public Builder pollBudget(Duration value) {
      set.pollBudget = value;
      return this;
    }

    /** Caps how long a partition is held before it is asked again. Default 30 s. */
    public Builder maxHold(Duration value) {
      set.maxHold = value;
      return this;
    }

    /** Names the cluster in offset keys. Mirrors that keep offsets want the same on both sides. */
    public Builder clusterAlias(String value) {
      set.clusterAlias = value;
      return this;
    }

    /** Topics whose records pass without a claim. Default none. */
    public Builder excludedTopics(Set<String> value) {
      set.excludedTopics = Set.copyOf(value);
      return this;
    }

    /** What the consumer's {@code enable.auto.commit} is; Kafka's own default is true. Required. */
    public Builder autoCommit(boolean value) {
      set.autoCommit = value;
      return this;
    }

    /**
     * Has another record that is skipped for the same key noticed and told, as {@link
     * Fingerprints#parse} reads it: {@code payload}, or a class of your own. It changes no
     * decision. Default {@code none}.
     */
    public Builder fingerprint(String setting) {
      set.fingerprint = Fingerprints.parse(setting);
      return this;
    }

    /** As {@link #fingerprint(String)}; null for none. */
    public Builder fingerprint(@Nullable Fingerprint value) {
      set.fingerprint = value;
      return this;
    }

    /** Decide, claim and count, but run everything. Default false. */
    public Builder dryRun(boolean value) {
      set.dryRun = value;
      return this;
    }

    /** False lets every record pass without a claim. Default true. */
    public Builder enabled(boolean value) {
      set.enabled = value;
      return this;
    }

    public Builder events(GuardEvents value) {
      set.events = value;
      return this;
    }

    /**
     * The guard's bounds: calls in flight, unsettled claims, call timeout, cache of finished keys,
     * and what is shown with a claim. What these options have a setting for is overwritten by it.
     */
    public Builder bounds(Consumer<GuardOptions.Builder> value) {
      set.bounds = value;
      return this;
    }

    /** Keeps the claims. It is shared: whoever made it closes it. */
    public Builder claimService(ClaimService value) {
      set.service = () -> value;
      set.ownsService = false;
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
      set.service = value;
      set.ownsService = true;
      return this;
    }

    Builder nanoTime(LongSupplier value) {
      set.nanoTime = value;
      return this;
    }

    /**
     * Checks and makes the options.
     *
     * @throws IllegalArgumentException naming the setting and the mend
     */
    public KafkaOptions build() {
      return new KafkaOptions(set.checked());
    }
  }
}
