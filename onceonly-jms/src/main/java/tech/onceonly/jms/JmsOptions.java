package tech.onceonly.jms;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.ClaimService;
import tech.onceonly.Delivery;
import tech.onceonly.Fingerprint;
import tech.onceonly.Fingerprints;
import tech.onceonly.GuardEvents;
import tech.onceonly.GuardOptions;
import tech.onceonly.KeyScheme;
import tech.onceonly.KeySource;
import tech.onceonly.KeySources;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;
import tech.onceonly.client.ApiKeyCheck;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.JsonValues;
import tech.onceonly.client.OnceOnlyClient;

/**
 * How messages of one queue or subscription are protected.
 *
 * <p>Four things have no default: {@link Builder#scope}, {@link Builder#queue} or {@link
 * Builder#topic}, {@link Builder#acknowledgement}, and where the claims are kept. Immutable and
 * thread-safe.
 */
public final class JmsOptions {

  public static final String DEFAULT_KEYS = "property:Idempotency_Key,message-id";
  public static final Duration DEFAULT_CLAIM_BUDGET = Duration.ofSeconds(2);
  public static final Duration DEFAULT_MAX_WAIT = Duration.ofSeconds(30);

  /** Between a topic and its subscription; Artemis has it between an address and its queue. */
  private static final String SUBSCRIBED = "::";

  private static final Logger LOG = LoggerFactory.getLogger(JmsOptions.class);

  private final String scope;
  private final String destination;
  private final Acknowledgement acknowledgement;
  private final Mode mode;
  private final Duration claimBudget;
  private final Duration maxHold;
  private final Duration maxWait;
  private final boolean enabled;
  private final @Nullable DuplicateRequestHandler duplicateRequests;
  private final LongSupplier nanoTime;
  private final @Nullable ClaimService shared;
  private final @Nullable ClientOptions client;
  private final GuardOptions guard;

  private JmsOptions(
      Builder from, KeyScheme keys, String destination, Acknowledgement acknowledgement) {
    scope = keys.namespace();
    this.destination = destination;
    this.acknowledgement = acknowledgement;
    mode = from.mode;
    claimBudget = from.claimBudget;
    maxHold = from.maxHold;
    maxWait = from.maxWait;
    enabled = from.enabled;
    duplicateRequests = from.duplicateRequests;
    nanoTime = from.nanoTime;
    shared = from.shared;
    client = from.client;
    guard = from.guard(keys, acknowledgement);
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Whose effects the keys name. */
  public String scope() {
    return scope;
  }

  /** As it stands in keys, logs and metrics: the queue, or the topic and its subscription. */
  public String destination() {
    return destination;
  }

  /** Whether the destination is a queue and no subscription, neither by its name nor Artemis's. */
  boolean namesPlainQueue() {
    return !destination.contains(SUBSCRIBED);
  }

  public Acknowledgement acknowledgement() {
    return acknowledgement;
  }

  public Mode mode() {
    return mode;
  }

  public Duration claimBudget() {
    return claimBudget;
  }

  public Duration maxHold() {
    return maxHold;
  }

  public Duration maxWait() {
    return maxWait;
  }

  public boolean enabled() {
    return enabled;
  }

  /** Answers requests that are skipped; null where requests run without a claim. */
  public @Nullable DuplicateRequestHandler duplicateRequests() {
    return duplicateRequests;
  }

  GuardOptions toGuardOptions() {
    return guard;
  }

  /**
   * The service to ask; see {@link #ownsClaimService} for who closes it.
   *
   * @throws RefusedException if the API refuses the key
   */
  ClaimService openClaimService() {
    if (shared != null) {
      return shared;
    }
    OnceOnlyClient opened = OnceOnlyClient.create(Objects.requireNonNull(client));
    // Where everything passes nobody is asked, and the switch must work with a key that is not
    // good.
    ApiKeyCheck answer = enabled ? ApiKeyCheck.await(opened) : new ApiKeyCheck.Passed();
    if (answer instanceof ApiKeyCheck.Refused refused) {
      opened.close();
      throw new RefusedException(refused.cause());
    }
    if (answer instanceof ApiKeyCheck.Unanswered unanswered) {
      LOG.warn(
          "the API key could not be checked ({}); the consumer starts all the same",
          unanswered.message());
    }
    return opened.claimService();
  }

  /** Whether who opened the service closes it. */
  boolean ownsClaimService() {
    return shared == null;
  }

  LongSupplier nanoTime() {
    return nanoTime;
  }

  /** Collects settings; {@link #build} checks them together. Not thread-safe. */
  public static final class Builder {
    private @Nullable String scope;
    private @Nullable String destination;
    private @Nullable Acknowledgement acknowledgement;
    private String generation = KeyScheme.DEFAULT_GENERATION;
    private String keys = DEFAULT_KEYS;
    private @Nullable List<KeySource> keySources;
    private Mode mode = GuardOptions.DEFAULT_MODE;
    private @Nullable Duration ttl;
    private Duration leaseTtl = GuardOptions.DEFAULT_LEASE_TTL;
    private Duration maxRenewal = GuardOptions.DEFAULT_MAX_RENEWAL;
    private boolean failOpen = true;
    private GuardOptions.NoKey noKey = GuardOptions.NoKey.PROCESS_UNPROTECTED;
    private Duration claimBudget = DEFAULT_CLAIM_BUDGET;
    private Duration maxHold = GuardOptions.DEFAULT_MAX_HOLD;
    private Duration maxWait = DEFAULT_MAX_WAIT;
    private boolean temporaryDestinations;
    private @Nullable DuplicateRequestHandler duplicateRequests;
    private @Nullable Fingerprint fingerprint;
    private boolean dryRun;
    private boolean enabled = true;
    private GuardEvents events = GuardEvents.NONE;
    private Consumer<GuardOptions.Builder> bounds = guard -> {};
    private LongSupplier nanoTime = System::nanoTime;
    private @Nullable ClaimService shared;
    private @Nullable ClientOptions client;

    private Builder() {}

    /**
     * Whose effects these are: the application, or the consumer where an application has several
     * for one destination that each must see every message. Required. A random name, or one of a
     * single process, turns deduplication off between processes.
     */
    public Builder scope(String value) {
      scope = value;
      return this;
    }

    /**
     * The queue that is read, and no topic: its subscriptions would take each other's copies for
     * duplicates, which is warned of. A reader of a dead-letter queue gives that queue's name, so
     * that what it handles is not taken for what the main listener handled. On Artemis also the
     * fully qualified {@code address::queue}.
     */
    public Builder queue(String name) {
      destination = name;
      return this;
    }

    /**
     * The topic that is read, and the subscription: for a durable or shared one its name, which its
     * members share, and the client id before it where that is a part of who the subscription is;
     * for any other a name of its own for each consumer, or they would take each other's copies for
     * duplicates.
     *
     * @throws IllegalArgumentException if either has {@code ::} in it, which stands between them
     */
    public Builder topic(String name, String subscription) {
      if (subscription.isBlank() || (name + subscription).contains(SUBSCRIBED)) {
        throw new IllegalArgumentException(
            "a topic's subscription must be named, and neither name may contain '::', which stands"
                + " between them in keys; for Artemis's address::queue use queue(...)");
      }
      destination = name.isBlank() ? "" : name + SUBSCRIBED + subscription;
      return this;
    }

    /**
     * How the session acknowledges: {@code Acknowledgement.of(session.getAcknowledgeMode())}.
     * Required: it decides what a skip must do.
     */
    public Builder acknowledgement(Acknowledgement value) {
      acknowledgement = value;
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
     * How long one run keeps its lease; past it the lease runs out, and the next owner no longer
     * waits for a listener that hangs. Default an hour.
     */
    public Builder maxRenewal(Duration value) {
      maxRenewal = value;
      return this;
    }

    /** Whether messages run while the API is down. Default true; if not, they wait. */
    public Builder failOpen(boolean value) {
      failOpen = value;
      return this;
    }

    /** What becomes of a message without a key. Default: it runs unprotected, and is counted. */
    public Builder noKey(GuardOptions.NoKey value) {
      noKey = value;
      return this;
    }

    /**
     * The most that a message waits for an answer to its claim, and afterwards for the service to
     * have heard of the outcome. Default 2 s. RabbitMQ's client gives check and listener together 2
     * s where {@code onMessageTimeoutMs} is not raised: 500 ms or less is right there.
     */
    public Builder claimBudget(Duration value) {
      claimBudget = value;
      return this;
    }

    /** The longest pause before a message that waits is asked for again. Default 30 s. */
    public Builder maxHold(Duration value) {
      maxHold = value;
      return this;
    }

    /**
     * How long {@link OnceOnlyJms#handle} lets a message wait before it says so by its outcome; 0
     * asks once. Default 30 s. It counts only where the application can keep the broker's message:
     * client and individual acknowledgement and transactions. Messages of {@code AUTO} and {@code
     * DUPS_OK} sessions, and those of decorated listeners, wait for as long as it takes.
     *
     * <p>Closing waits as long, at most, for listeners at work.
     */
    public Builder maxWait(Duration value) {
      maxWait = value;
      return this;
    }

    /** Whether messages of temporary queues and topics are claimed. Default false: they run. */
    public Builder temporaryDestinations(boolean value) {
      temporaryDestinations = value;
      return this;
    }

    /**
     * Claims requests too (messages with a {@code JMSReplyTo}), and has skipped ones answered by
     * this. Default null: requests run without a claim, since a skipped one would get no reply.
     */
    public Builder duplicateRequests(@Nullable DuplicateRequestHandler value) {
      duplicateRequests = value;
      return this;
    }

    /**
     * Has another message that is skipped for the same key noticed and told, as {@link
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

    /** False lets every message pass without a claim. Default true. */
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
      shared = value;
      client = null;
      return this;
    }

    /**
     * The API that keeps the claims. Each {@link OnceOnlyJms} has a client of its own, closed with
     * it, which asks once at the start whether the API key is good: {@code open} throws {@link
     * RefusedException} where it is not, and goes on where nobody answers. An application with
     * several makes one client and gives its {@code claimService()} to all.
     */
    public Builder client(ClientOptions value) {
      client = value;
      shared = null;
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
    public JmsOptions build() {
      String whose = required(scope, "scope", "a name of the application or consumer");
      String from =
          required(destination, "queue or topic", "the destination that the consumer reads");
      if (acknowledgement == null) {
        throw new IllegalArgumentException(
            "acknowledgement must be set to the session's, as Acknowledgement.of("
                + "session.getAcknowledgeMode()): it decides what a skip must do");
      }
      if (shared == null && client == null) {
        throw new IllegalArgumentException(
            "client must be set to the API's options, or claimService to a service of your own: it"
                + " says where the claims are kept");
      }
      if (claimBudget.compareTo(Duration.ofMillis(1)) < 0) {
        throw new IllegalArgumentException(
            "claimBudget must be at least 1 ms, was " + claimBudget.toMillis());
      }
      if (maxWait.isNegative()) {
        throw new IllegalArgumentException("maxWait must not be negative, was " + maxWait);
      }
      return new JmsOptions(
          this, new KeyScheme(whose, generation, sources()), from, acknowledgement);
    }

    private static String required(@Nullable String value, String setting, String to) {
      if (value == null || value.isBlank()) {
        throw new IllegalArgumentException(
            setting + " must be set to " + to + ": it is a part of every key");
      }
      return value;
    }

    private GuardOptions guard(KeyScheme scheme, Acknowledgement by) {
      boolean off = !enabled;
      boolean temporary = temporaryDestinations;
      boolean requests = duplicateRequests != null;
      GuardOptions.Builder guard = GuardOptions.builder(scheme);
      bounds.accept(guard);
      return guard
          .mode(mode)
          .settlement(
              by == Acknowledgement.TRANSACTED ? Settlement.BY_COMMIT : Settlement.BY_OUTCOME)
          .ttl(ttl)
          .leaseTtl(leaseTtl)
          .maxRenewal(maxRenewal)
          .failOpen(failOpen)
          .noKey(noKey)
          .maxHold(maxHold)
          .fingerprint(fingerprint)
          .dryRun(dryRun)
          .bypass(delivery -> off || passes(delivery, temporary, requests))
          .events(events)
          .nanoTime(nanoTime)
          .build();
    }

    private static boolean passes(Delivery delivery, boolean temporary, boolean requests) {
      return delivery instanceof JmsDelivery message
          && ((!temporary && message.isTemporary()) || (!requests && message.isRequest()));
    }

    private List<KeySource> sources() {
      if (keySources != null) {
        return keySources;
      }
      return KeySources.parse(keys, KeySources.Vocabulary.JMS, JsonValues::at);
    }
  }
}
