package tech.onceonly.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tech.onceonly.ClaimService;
import tech.onceonly.Fingerprint;
import tech.onceonly.GuardEvents;
import tech.onceonly.GuardOptions;
import tech.onceonly.KeyScheme;
import tech.onceonly.KeySource;
import tech.onceonly.KeySources;
import tech.onceonly.Mode;
import tech.onceonly.Settlement;
import tech.onceonly.client.JsonValues;

/**
 * What a builder of {@link KafkaOptions} was told, or the default; which of it can't be; and what
 * of it is the guard's. Not thread-safe.
 */
final class KafkaOptionValues {
  @Nullable String groupId;
  @Nullable String namespace;
  String generation = KeyScheme.DEFAULT_GENERATION;
  String keys = KafkaOptions.DEFAULT_KEYS;
  @Nullable List<KeySource> keySources;
  Mode mode = GuardOptions.DEFAULT_MODE;
  @Nullable Duration ttl;
  Duration leaseTtl = GuardOptions.DEFAULT_LEASE_TTL;
  Duration maxRenewal = GuardOptions.DEFAULT_MAX_RENEWAL;
  boolean failOpen = true;
  GuardOptions.NoKey noKey = GuardOptions.NoKey.PROCESS_UNPROTECTED;
  Duration pollBudget = KafkaOptions.DEFAULT_POLL_BUDGET;
  Duration maxHold = GuardOptions.DEFAULT_MAX_HOLD;
  String clusterAlias = "";
  int maxCompletionsInFlight = KafkaOptions.DEFAULT_MAX_COMPLETIONS_IN_FLIGHT;
  Set<String> excludedTopics = Set.of();
  @Nullable Boolean autoCommit;
  @Nullable Fingerprint fingerprint;
  boolean dryRun;
  boolean enabled = true;
  GuardEvents events = GuardEvents.NONE;
  Consumer<GuardOptions.Builder> bounds = guard -> {};
  LongSupplier nanoTime;
  @Nullable Supplier<? extends ClaimService> service;
  boolean ownsService;

  KafkaOptionValues(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * A copy of them.
   *
   * @throws IllegalArgumentException naming the setting and the mend
   */
  KafkaOptionValues checked() {
    String scope = scope();
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
    return copy();
  }

  KeyScheme keyScheme() {
    return new KeyScheme(Objects.requireNonNull(scope()), generation, sources());
  }

  GuardOptions guard(KeyScheme scheme, Settlement settlement) {
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

  boolean isAutoCommit() {
    return Objects.requireNonNull(autoCommit);
  }

  Supplier<? extends ClaimService> claimService() {
    return Objects.requireNonNull(service);
  }

  private @Nullable String scope() {
    return namespace != null ? namespace : groupId;
  }

  private List<KeySource> sources() {
    return keySources != null
        ? keySources
        : KeySources.parse(keys, KeySources.Vocabulary.KAFKA, JsonValues::at);
  }

  private KafkaOptionValues copy() {
    KafkaOptionValues copy = new KafkaOptionValues(nanoTime);
    copy.groupId = groupId;
    copy.namespace = namespace;
    copy.generation = generation;
    copy.keys = keys;
    copy.keySources = keySources;
    copy.mode = mode;
    copy.ttl = ttl;
    copy.leaseTtl = leaseTtl;
    copy.maxRenewal = maxRenewal;
    copy.failOpen = failOpen;
    copy.noKey = noKey;
    copy.pollBudget = pollBudget;
    copy.maxHold = maxHold;
    copy.clusterAlias = clusterAlias;
    copy.maxCompletionsInFlight = maxCompletionsInFlight;
    copy.excludedTopics = excludedTopics;
    copy.autoCommit = autoCommit;
    copy.fingerprint = fingerprint;
    copy.dryRun = dryRun;
    copy.enabled = enabled;
    copy.events = events;
    copy.bounds = bounds;
    copy.service = service;
    copy.ownsService = ownsService;
    return copy;
  }
}
