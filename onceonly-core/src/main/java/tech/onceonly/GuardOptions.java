package tech.onceonly;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** How a {@link DeliveryGuard} decides. Immutable; made by {@link #builder}. */
public final class GuardOptions {

  public static final Mode DEFAULT_MODE = Mode.CHECK_LOCK;
  public static final Duration DEFAULT_LEASE_TTL = Duration.ofSeconds(60);
  public static final Duration DEFAULT_MAX_RENEWAL = Duration.ofHours(1);
  public static final Duration DEFAULT_CALL_TIMEOUT = Duration.ofSeconds(5);
  public static final Duration DEFAULT_MAX_HOLD = Duration.ofSeconds(30);
  public static final int DEFAULT_MAX_IN_FLIGHT = 512;
  public static final int DEFAULT_MAX_UNSETTLED = 100_000;
  public static final int DEFAULT_FINISHED_CACHE_SIZE = 100_000;
  public static final Duration DEFAULT_FINISHED_CACHE_TTL = Duration.ofMinutes(10);
  public static final int DEFAULT_MAX_AFTERWARDS = 10_000;

  /** What happens to a delivery in which no source finds a key. */
  public enum NoKey {
    /** It runs without protection, and is counted. */
    PROCESS_UNPROTECTED,
    /** It is refused. */
    REFUSE
  }

  final KeyScheme keys;
  final Mode mode;
  final Settlement settlement;
  final @Nullable Duration ttl;
  final Duration leaseTtl;
  final Duration maxRenewal;
  final boolean failOpen;
  final NoKey noKey;
  final Duration callTimeout;
  final Duration maxHold;
  final int maxInFlight;
  final int maxUnsettled;
  final int finishedCacheSize;
  final Duration finishedCacheTtl;
  final int maxAfterwards;
  final boolean dryRun;
  final boolean hashKeysInLogs;
  final Predicate<? super Delivery> bypass;
  final Function<? super Delivery, Map<String, Object>> metadata;
  final @Nullable Fingerprint fingerprint;
  final GuardEvents events;
  final LongSupplier nanoTime;

  private GuardOptions(Builder from) {
    keys = from.keys;
    mode = from.mode;
    settlement = from.settlement;
    ttl = from.ttl;
    leaseTtl = from.leaseTtl;
    maxRenewal = from.maxRenewal;
    failOpen = from.failOpen;
    noKey = from.noKey;
    callTimeout = from.callTimeout;
    maxHold = from.maxHold;
    maxInFlight = from.maxInFlight;
    maxUnsettled = from.maxUnsettled;
    finishedCacheSize = from.finishedCacheSize;
    finishedCacheTtl = from.finishedCacheTtl;
    maxAfterwards = from.maxAfterwards;
    dryRun = from.dryRun;
    hashKeysInLogs = from.hashKeysInLogs;
    bypass = from.bypass;
    metadata = from.metadata;
    fingerprint = from.fingerprint;
    events = from.events;
    nanoTime = from.nanoTime;
  }

  public static Builder builder(KeyScheme keys) {
    return new Builder(keys);
  }

  public Mode mode() {
    return mode;
  }

  /** Collects settings; {@link #build} checks them together. Not thread-safe. */
  public static final class Builder {
    private final KeyScheme keys;
    private Mode mode = DEFAULT_MODE;
    private Settlement settlement = Settlement.BY_OUTCOME;
    private @Nullable Duration ttl;
    private Duration leaseTtl = DEFAULT_LEASE_TTL;
    private Duration maxRenewal = DEFAULT_MAX_RENEWAL;
    private boolean failOpen = true;
    private NoKey noKey = NoKey.PROCESS_UNPROTECTED;
    private Duration callTimeout = DEFAULT_CALL_TIMEOUT;
    private Duration maxHold = DEFAULT_MAX_HOLD;
    private int maxInFlight = DEFAULT_MAX_IN_FLIGHT;
    private int maxUnsettled = DEFAULT_MAX_UNSETTLED;
    private int finishedCacheSize = DEFAULT_FINISHED_CACHE_SIZE;
    private Duration finishedCacheTtl = DEFAULT_FINISHED_CACHE_TTL;
    private int maxAfterwards = DEFAULT_MAX_AFTERWARDS;
    private boolean dryRun;
    private boolean hashKeysInLogs;
    private Predicate<? super Delivery> bypass = delivery -> false;
    private Function<? super Delivery, Map<String, Object>> metadata = delivery -> Map.of();
    private @Nullable Fingerprint fingerprint;
    private GuardEvents events = GuardEvents.NONE;
    private LongSupplier nanoTime = System::nanoTime;

    private Builder(KeyScheme keys) {
      this.keys = keys;
    }

    /** Default {@link Mode#CHECK_LOCK}. */
    public Builder mode(Mode value) {
      mode = value;
      return this;
    }

    /** Default {@link Settlement#BY_OUTCOME}. */
    public Builder settlement(Settlement value) {
      settlement = value;
      return this;
    }

    /** How long a check-lock claim is remembered; whole seconds. Null, the default: the plan's. */
    public Builder ttl(@Nullable Duration value) {
      ttl = value;
      return this;
    }

    /**
     * How long a lease lasts without a heartbeat: what a redelivery waits after a crash. Whole
     * seconds; default 60 s. Heartbeats go out at a third of it.
     */
    public Builder leaseTtl(Duration value) {
      leaseTtl = value;
      return this;
    }

    /**
     * How long one run of a listener keeps its lease. One that hangs would keep it for ever, and
     * the delivery's next owner waiting; past this the lease is not renewed any more and runs out,
     * so that another may run the effect beside it. Of deliveries that were asked for together, it
     * counts from the last one that was decided or settled. Default an hour.
     */
    public Builder maxRenewal(Duration value) {
      maxRenewal = value;
      return this;
    }

    /** Whether deliveries run while the API is down. Default true; if not, they are held. */
    public Builder failOpen(boolean value) {
      failOpen = value;
      return this;
    }

    public Builder noKey(NoKey value) {
      noKey = value;
      return this;
    }

    /** The most that one call may take. Default 5 s. */
    public Builder callTimeout(Duration value) {
      callTimeout = value;
      return this;
    }

    /** Caps what the API asks to wait before it is asked again. Default 30 s. */
    public Builder maxHold(Duration value) {
      maxHold = value;
      return this;
    }

    /** Claims that are asked for at the same time. Default 512. */
    public Builder maxInFlight(int value) {
      maxInFlight = value;
      return this;
    }

    /**
     * Claims not yet settled. More run unprotected rather than be forgotten; where fail-open is
     * off, they wait. Only failed ones that can't be given back, or that run out by themselves,
     * make room for new ones. Default 100,000.
     */
    public Builder maxUnsettled(int value) {
      maxUnsettled = value;
      return this;
    }

    /**
     * Keys that this process has finished, remembered to save the call: at most so many, and the
     * latest half of them at least. 0 turns it off.
     */
    public Builder finishedCacheSize(int value) {
      finishedCacheSize = value;
      return this;
    }

    /**
     * The longest that a finished key is remembered here, also where the service remembers longer:
     * a key that is released at the service is skipped here until then. Default 10 minutes.
     */
    public Builder finishedCacheTtl(Duration value) {
      finishedCacheTtl = value;
      return this;
    }

    /**
     * Keys processed unprotected, or not completed, that wait to be claimed after an outage.
     * Default 10,000.
     */
    public Builder maxAfterwards(int value) {
      maxAfterwards = value;
      return this;
    }

    /** Decide, claim and count, but run everything. Default false. */
    public Builder dryRun(boolean value) {
      dryRun = value;
      return this;
    }

    /** Whether logs show a hash instead of a key's beginning. Default false. */
    public Builder hashKeysInLogs(boolean value) {
      hashKeysInLogs = value;
      return this;
    }

    /** Deliveries that pass without a claim: a deliberate replay, a test. */
    public Builder bypass(Predicate<? super Delivery> value) {
      bypass = value;
      return this;
    }

    /**
     * What is shown beside a claim at the service; at most 2,048 bytes of JSON. Default nothing.
     */
    public Builder metadata(Function<? super Delivery, Map<String, Object>> value) {
      metadata = value;
      return this;
    }

    /**
     * Stands for what a delivery holds, see {@link Fingerprints#payload}: kept with its claim, so
     * that another one that is skipped for the same key is noticed and told. It changes no
     * decision. Null, the default: none.
     */
    public Builder fingerprint(@Nullable Fingerprint value) {
      fingerprint = value;
      return this;
    }

    public Builder events(GuardEvents value) {
      events = value;
      return this;
    }

    /** The clock for waits and expiry, in nanoseconds. Default {@link System#nanoTime}. */
    public Builder nanoTime(LongSupplier value) {
      nanoTime = value;
      return this;
    }

    /**
     * Checks and makes the options.
     *
     * @throws IllegalArgumentException naming the setting and its bounds
     */
    public GuardOptions build() {
      Duration second = Duration.ofSeconds(1);
      if (ttl != null) {
        atLeast("ttl", ttl, second);
      }
      atLeast("leaseTtl", leaseTtl, second);
      atLeast("maxRenewal", maxRenewal, leaseTtl);
      atLeast("callTimeout", callTimeout, Duration.ofMillis(1));
      atLeast("maxHold", maxHold, Duration.ofMillis(1));
      atLeast("finishedCacheTtl", finishedCacheTtl, second);
      atLeast("maxInFlight", maxInFlight, 1);
      atLeast("maxUnsettled", maxUnsettled, 1);
      atLeast("finishedCacheSize", finishedCacheSize, 0);
      atLeast("maxAfterwards", maxAfterwards, 0);
      return new GuardOptions(this);
    }

    private static void atLeast(String name, Duration value, Duration least) {
      if (value.compareTo(least) < 0) {
        throw new IllegalArgumentException(
            name + " must be at least " + least.toMillis() + " ms, was " + value.toMillis());
      }
    }

    private static void atLeast(String name, int value, int least) {
      if (value < least) {
        throw new IllegalArgumentException(name + " must be at least " + least + ", was " + value);
      }
    }
  }
}
