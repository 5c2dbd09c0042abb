package tech.onceonly.kafka;

import static tech.onceonly.kafka.ConnectionSettings.*;
import static tech.onceonly.kafka.SettingDefinitions.*;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tech.onceonly.Fingerprint;
import tech.onceonly.Fingerprints;
import tech.onceonly.GuardEvents;
import tech.onceonly.GuardOptions;
import tech.onceonly.KeyScheme;
import tech.onceonly.KeySources;
import tech.onceonly.Settlement;
import tech.onceonly.client.ClientKeyStore;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.ConnectionOptions;
import tech.onceonly.client.HttpVersionSetting;
import tech.onceonly.client.JsonValues;
import tech.onceonly.client.TrustStore;

/**
 * The settings of {@link OnceOnlyConsumerInterceptor}, read from a consumer's properties and
 * checked together. What is wrong is a {@link ConfigException} that names the setting and the mend.
 * Immutable. Passwords are in no text form of it, and nothing of it is logged.
 */
final class KafkaSettings extends AbstractConfig {

  private static final Logger LOG = LoggerFactory.getLogger(KafkaSettings.class);
  private static final int KAFKAS_MAX_POLL_INTERVAL_MS = 300_000;
  private static final int KAFKAS_MAX_POLL_RECORDS = 500;

  private final String groupId;
  private final Map<String, String> environment;
  private final @Nullable Fingerprint fingerprint;

  private KafkaSettings(Map<String, Object> own, String groupId, Map<String, String> environment) {
    super(ALL, own, false);
    this.groupId = groupId;
    this.environment = environment;
    try {
      fingerprint = Fingerprints.parse(getString(FINGERPRINT).strip());
    } catch (IllegalArgumentException e) {
      throw wrong(FINGERPRINT, e);
    }
  }

  /** Whether the switch is on. Read by itself, so that it works whatever else is wrong. */
  static boolean isEnabled(Map<String, ?> consumer) {
    Object value = ConfigDef.parseType(ENABLED, consumer.get(ENABLED), ConfigDef.Type.BOOLEAN);
    return !Boolean.FALSE.equals(value);
  }

  /**
   * @param consumer the consumer's properties; {@code group.id} is among them
   * @param environment stands in for what is not set
   */
  static KafkaSettings of(Map<String, ?> consumer, Map<String, String> environment) {
    Map<String, Object> own = new HashMap<>();
    consumer.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX)) {
            own.put(name, value);
          }
        });
    warnOfUnknown(own.keySet());
    String groupId = String.valueOf(consumer.get(ConsumerConfig.GROUP_ID_CONFIG));
    KafkaSettings settings = new KafkaSettings(own, groupId, Map.copyOf(environment));
    settings.check(consumer);
    return settings;
  }

  Duration pollBudget() {
    return Duration.ofMillis(getInt(POLL_BUDGET_MS));
  }

  Duration maxHold() {
    return Duration.ofMillis(getInt(MAX_HOLD_MS));
  }

  /** How long the check of the API key may take, all in all. */
  Duration checkTimeout() {
    return Duration.ofMillis((long) getInt(REQUEST_TIMEOUT_MS) + getInt(CONNECT_TIMEOUT_MS));
  }

  boolean failOpen() {
    return getBoolean(FAIL_OPEN);
  }

  boolean checkOnStart() {
    return getBoolean(CHECK_ON_START);
  }

  int maxInFlight() {
    return getInt(MAX_IN_FLIGHT);
  }

  int maxUnsettled() {
    return getInt(MAX_UNSETTLED);
  }

  String groupId() {
    return groupId;
  }

  Set<String> excludedTopics() {
    return Set.copyOf(getList(TOPICS_EXCLUDE));
  }

  @Nullable Duration ttl() {
    Long seconds = getLong(TTL_SECONDS);
    return seconds == null ? null : Duration.ofSeconds(seconds);
  }

  /** Null where the cluster's id counts. */
  @Nullable String clusterAlias() {
    return given(CLUSTER_ALIAS);
  }

  KeyScheme keyScheme() {
    String sources = String.join(",", getList(KEY));
    try {
      String namespace = given(NAMESPACE);
      return new KeyScheme(
          namespace == null ? groupId : namespace,
          getString(GENERATION),
          KeySources.parse(sources, KeySources.Vocabulary.KAFKA, JsonValues::at));
    } catch (IllegalArgumentException e) {
      throw wrong(KEY, e);
    }
  }

  GuardOptions.Builder guardOptions(KeyScheme keys, GuardEvents events) {
    return GuardOptions.builder(keys)
        .settlement(Settlement.BY_COMMIT)
        .ttl(ttl())
        .failOpen(failOpen())
        .noKey(
            getString(NO_KEY).equals(REFUSE)
                ? GuardOptions.NoKey.REFUSE
                : GuardOptions.NoKey.PROCESS_UNPROTECTED)
        .callTimeout(Duration.ofMillis(getInt(REQUEST_TIMEOUT_MS)))
        .maxHold(maxHold())
        .maxInFlight(maxInFlight())
        .maxUnsettled(maxUnsettled())
        .finishedCacheSize(getInt(FINISHED_CACHE_SIZE))
        .finishedCacheTtl(Duration.ofSeconds(getLong(FINISHED_CACHE_TTL_SECONDS)))
        .fingerprint(fingerprint)
        .dryRun(getBoolean(DRY_RUN))
        .hashKeysInLogs(getBoolean(LOG_KEYS_HASHED))
        .events(events);
  }

  ClientOptions clientOptions() {
    String baseUrl = given(BASE_URL);
    ClientOptions.Builder options =
        ClientOptions.builder()
            .environment(environment)
            .baseUrl(baseUrl)
            .requestTimeout(Duration.ofMillis(getInt(REQUEST_TIMEOUT_MS)))
            .connections(connections());
    try {
      // With some key for certain, what is wrong is the URL.
      ClientOptions unused = options.apiKey("none").build();
    } catch (IllegalArgumentException e) {
      throw wrong(BASE_URL, e);
    }
    Password apiKey = getPassword(API_KEY);
    try {
      return options.apiKey(apiKey == null ? null : apiKey.value()).build();
    } catch (IllegalArgumentException e) {
      throw wrong(API_KEY, e);
    }
  }

  /** What is wrong with a setting, in the setting's name. */
  static ConfigException wrong(String setting, Throwable cause) {
    ConfigException wrong = new ConfigException(setting + ": " + cause.getMessage());
    wrong.initCause(cause);
    return wrong;
  }

  private ConnectionOptions connections() {
    String location = given(TRUSTSTORE_LOCATION);
    Password password = getPassword(TRUSTSTORE_PASSWORD);
    return ConnectionOptions.DEFAULTS
        .withConnectTimeout(Duration.ofMillis(getInt(CONNECT_TIMEOUT_MS)))
        .withMaxConnections(getInt(MAX_CONNECTIONS))
        .withPipelining(getInt(HTTP_PIPELINING))
        .withHttpVersion(
            switch (getString(HTTP_VERSION)) {
              case "1.1" -> HttpVersionSetting.HTTP_1_1;
              case "2" -> HttpVersionSetting.HTTP_2;
              default -> HttpVersionSetting.AUTO;
            })
        .withTrustStore(
            location == null
                ? null
                : new TrustStore(
                    Path.of(location),
                    password == null ? null : password.value(),
                    TrustStore.Type.valueOf(getString(TRUSTSTORE_TYPE))))
        .withKeyStore(keyStore());
  }

  private @Nullable ClientKeyStore keyStore() {
    String location = given(KEYSTORE_LOCATION);
    if (location == null) {
      return null;
    }
    Password password = getPassword(KEYSTORE_PASSWORD);
    ClientKeyStore store =
        new ClientKeyStore(
            Path.of(location),
            password == null ? null : password.value(),
            ClientKeyStore.Type.valueOf(getString(KEYSTORE_TYPE)));
    try {
      store.check();
    } catch (IllegalArgumentException e) {
      throw wrong(KEYSTORE_LOCATION, e);
    }
    return store;
  }

  private void check(Map<String, ?> consumer) {
    if (getString(MODE).equals(LEASE)) {
      throw new ConfigException(
          MODE
              + "=lease needs to know how each record ended, and an interceptor learns of commits"
              + " alone. Remove the setting, or use OnceOnlyKafka.on(...).forEach in place of the"
              + " interceptor.");
    }
    int interval =
        number(consumer, ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, KAFKAS_MAX_POLL_INTERVAL_MS);
    if (getInt(POLL_BUDGET_MS) >= interval) {
      throw new ConfigException(
          POLL_BUDGET_MS,
          getInt(POLL_BUDGET_MS),
          "it must be less than max.poll.interval.ms, which is "
              + interval
              + ": or an outage costs the consumer its partitions");
    }
    int records = number(consumer, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, KAFKAS_MAX_POLL_RECORDS);
    if (maxUnsettled() < records) {
      throw new ConfigException(
          MAX_UNSETTLED,
          maxUnsettled(),
          "it must be at least max.poll.records, which is "
              + records
              + ": raise it, or lower max.poll.records");
    }
    checkPasswordHasFile(TRUSTSTORE_PASSWORD, TRUSTSTORE_LOCATION);
    checkPasswordHasFile(KEYSTORE_PASSWORD, KEYSTORE_LOCATION);
  }

  private void checkPasswordHasFile(String password, String location) {
    if (given(location) == null && getPassword(password) != null) {
      throw new ConfigException(password + " is set and " + location + " is not: set both or none");
    }
  }

  private static void warnOfUnknown(Set<String> names) {
    List<String> known = names();
    for (String name : new TreeSet<>(names)) {
      if (!known.contains(name)) {
        String closest = ClosestName.to(name, known);
        LOG.warn(
            "unknown setting {} has no effect{}",
            name,
            closest == null ? "" : "; did you mean " + closest + "?");
      }
    }
  }

  /** Of the consumer's own settings, which Kafka checks itself. */
  private static int number(Map<String, ?> consumer, String name, int kafkasDefault) {
    Object value = ConfigDef.parseType(name, consumer.get(name), ConfigDef.Type.INT);
    return value instanceof Integer number ? number : kafkasDefault;
  }

  private @Nullable String given(String name) {
    String value = getString(name);
    return value == null || value.isBlank() ? null : value.strip();
  }
}
