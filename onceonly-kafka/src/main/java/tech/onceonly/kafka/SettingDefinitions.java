package tech.onceonly.kafka;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import tech.onceonly.Fingerprints;
import tech.onceonly.GuardOptions;
import tech.onceonly.KeyScheme;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.ConnectionOptions;

/**
 * Every setting: its type, default, bounds, importance and documentation. Those of the connection
 * to the API are in {@link ConnectionSettings}.
 */
final class SettingDefinitions {

  static final String PREFIX = "onceonly.";
  static final String ENABLED = PREFIX + "enabled";
  static final String API_KEY = PREFIX + "api.key";
  static final String BASE_URL = PREFIX + "base.url";
  static final String TTL_SECONDS = PREFIX + "ttl.seconds";
  static final String KEY = PREFIX + "key";
  static final String NO_KEY = PREFIX + "no.key";
  static final String NAMESPACE = PREFIX + "namespace";
  static final String GENERATION = PREFIX + "generation";
  static final String CLUSTER_ALIAS = PREFIX + "cluster.alias";
  static final String TOPICS_EXCLUDE = PREFIX + "topics.exclude";
  static final String MODE = PREFIX + "mode";
  static final String FAIL_OPEN = PREFIX + "fail.open";
  static final String DRY_RUN = PREFIX + "dry.run";
  static final String CHECK_ON_START = PREFIX + "check.on.start";
  static final String POLL_BUDGET_MS = PREFIX + "poll.budget.ms";
  static final String REQUEST_TIMEOUT_MS = PREFIX + "request.timeout.ms";
  static final String CONNECT_TIMEOUT_MS = PREFIX + "connect.timeout.ms";
  static final String MAX_HOLD_MS = PREFIX + "max.hold.ms";
  static final String MAX_IN_FLIGHT = PREFIX + "max.in.flight";
  static final String MAX_UNSETTLED = PREFIX + "max.unsettled";
  static final String FINGERPRINT = PREFIX + "fingerprint";
  static final String FINISHED_CACHE_SIZE = PREFIX + "finished.cache.size";
  static final String FINISHED_CACHE_TTL_SECONDS = PREFIX + "finished.cache.ttl.seconds";
  static final String LOG_KEYS_HASHED = PREFIX + "log.keys.hashed";

  static final String CHECK_LOCK = "check-lock";
  static final String LEASE = "lease";
  static final String UNPROTECTED = "unprotected";
  static final String REFUSE = "refuse";
  static final int DEFAULT_POLL_BUDGET_MS = 2_000;

  /** Read only: {@link ConfigDef} has no immutable form. */
  static final ConfigDef ALL = define();

  private SettingDefinitions() {}

  private static ConfigDef define() {
    ConfigDef all = new ConfigDef();
    service(all);
    keys(all);
    behaviour(all);
    time(all);
    bounds(all);
    ConnectionSettings.define(all);
    return all;
  }

  private static void service(ConfigDef all) {
    all.define(
            API_KEY,
            ConfigDef.Type.PASSWORD,
            null,
            Importance.HIGH,
            "The API key; never printed. Where it is not set, the environment's "
                + ClientOptions.API_KEY_VARIABLE
                + " counts. Kafka's configuration providers work: ${file:/path:name}.")
        .define(
            BASE_URL,
            ConfigDef.Type.STRING,
            null,
            Importance.HIGH,
            "Where the API answers; without a path /v1 is added. Where it is not set, the"
                + " environment's "
                + ClientOptions.BASE_URL_VARIABLE
                + " counts, and then "
                + ClientOptions.DEFAULT_BASE_URL
                + ".")
        .define(
            TTL_SECONDS,
            ConfigDef.Type.LONG,
            null,
            SettingValidators.orUnset(Range.between(1, Integer.MAX_VALUE)),
            Importance.HIGH,
            "How long a claim is remembered. It should cover the time within which a record can"
                + " come again. Where it is not set, the plan's default counts; the service clamps"
                + " it to the plan's maximum.");
  }

  private static void keys(ConfigDef all) {
    all.define(
            KEY,
            ConfigDef.Type.LIST,
            List.of("header:Idempotency-Key", "offset"),
            Importance.HIGH,
            "What names an effect: sources tried in order, of header:NAME, offset, cloudevents,"
                + " record-key, value:/json/pointer, or the name of a class that implements"
                + " tech.onceonly.KeySource.")
        .define(
            NO_KEY,
            ConfigDef.Type.STRING,
            UNPROTECTED,
            ValidString.in(UNPROTECTED, REFUSE),
            Importance.MEDIUM,
            "What becomes of a record in which no source finds a key: it is delivered unprotected"
                + " and counted, or refused, and then the consumer stands still at it.")
        .define(
            NAMESPACE,
            ConfigDef.Type.STRING,
            null,
            Importance.MEDIUM,
            "Whose effects these are: consumers of another namespace are no duplicates of these."
                + " Where it is not set, the consumer's group.id.")
        .define(
            GENERATION,
            ConfigDef.Type.STRING,
            KeyScheme.DEFAULT_GENERATION,
            SettingValidators.notBlank(),
            Importance.LOW,
            "Change it to have everything processed again on purpose, for example after a reset of"
                + " offsets.")
        .define(
            CLUSTER_ALIAS,
            ConfigDef.Type.STRING,
            null,
            Importance.LOW,
            "Names the cluster in offset keys. Where it is not set, the cluster's id. Mirrors that"
                + " keep offsets want the same alias on both sides.")
        .define(
            TOPICS_EXCLUDE,
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Topics whose records pass without a claim: exact names.");
  }

  private static void behaviour(ConfigDef all) {
    all.define(
            ENABLED,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.HIGH,
            "The switch: false delivers everything and asks nobody. Nothing else is read then.")
        .define(
            MODE,
            ConfigDef.Type.STRING,
            CHECK_LOCK,
            ValidString.in(CHECK_LOCK, LEASE),
            Importance.MEDIUM,
            "The interceptor knows check-lock alone: it learns of no outcome, which lease needs."
                + " For lease use OnceOnlyKafka.on(...).forEach.")
        .define(
            FAIL_OPEN,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.HIGH,
            "Whether records are delivered unprotected while the API is down. If false, poll()"
                + " waits until it answers.")
        .define(
            DRY_RUN,
            ConfigDef.Type.BOOLEAN,
            false,
            Importance.MEDIUM,
            "Claim, decide and count, but deliver everything.")
        .define(
            FINGERPRINT,
            ConfigDef.Type.STRING,
            Fingerprints.NONE,
            SettingValidators.notBlank(),
            Importance.LOW,
            "Has another record that is skipped for the same key noticed, logged and counted:"
                + " payload, for values of text or bytes, or the name of a class that implements"
                + " tech.onceonly.Fingerprint. It changes no decision.")
        .define(
            CHECK_ON_START,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.MEDIUM,
            "Whether the API key is checked when the consumer is made, so that a wrong one fails"
                + " there and does not stop the first poll.")
        .define(
            LOG_KEYS_HASHED,
            ConfigDef.Type.BOOLEAN,
            false,
            Importance.LOW,
            "Whether logs show a hash in place of a key's beginning.");
  }

  private static void time(ConfigDef all) {
    all.define(
            POLL_BUDGET_MS,
            ConfigDef.Type.INT,
            DEFAULT_POLL_BUDGET_MS,
            Range.atLeast(1),
            Importance.HIGH,
            "The most that a poll waits for all of its claims together, in milliseconds; what is"
                + " not answered by then is an outage. It must be less than max.poll.interval.ms.")
        .define(
            REQUEST_TIMEOUT_MS,
            ConfigDef.Type.INT,
            (int) GuardOptions.DEFAULT_CALL_TIMEOUT.toMillis(),
            Range.atLeast(1),
            Importance.LOW,
            "The most that one call may take, in milliseconds. Within a poll its budget counts"
                + " too.")
        .define(
            CONNECT_TIMEOUT_MS,
            ConfigDef.Type.INT,
            (int) ConnectionOptions.DEFAULTS.connectTimeout().toMillis(),
            Range.atLeast(1),
            Importance.LOW,
            "The most that a new connection may take, in milliseconds.")
        .define(
            MAX_HOLD_MS,
            ConfigDef.Type.INT,
            (int) GuardOptions.DEFAULT_MAX_HOLD.toMillis(),
            Range.atLeast(1),
            Importance.LOW,
            "The longest pause before a refused or rate limited question is asked again, in"
                + " milliseconds; it caps Retry-After.");
  }

  private static void bounds(ConfigDef all) {
    all.define(
            MAX_IN_FLIGHT,
            ConfigDef.Type.INT,
            GuardOptions.DEFAULT_MAX_IN_FLIGHT,
            Range.between(1, 100_000),
            Importance.LOW,
            "Calls under way at one time.")
        .define(
            MAX_UNSETTLED,
            ConfigDef.Type.INT,
            GuardOptions.DEFAULT_MAX_UNSETTLED,
            Range.between(1, 10_000_000),
            Importance.LOW,
            "Claims of records that are handed over and not committed. More are delivered"
                + " unprotected and counted; with fail-open off the poll stands still, so set it"
                + " above what is polled between two commits. It must not be less than"
                + " max.poll.records.")
        .define(
            FINISHED_CACHE_SIZE,
            ConfigDef.Type.INT,
            GuardOptions.DEFAULT_FINISHED_CACHE_SIZE,
            Range.between(0, 100_000_000),
            Importance.LOW,
            "Keys of committed records that are remembered here, to skip their duplicates without"
                + " a call. 0 turns it off.")
        .define(
            FINISHED_CACHE_TTL_SECONDS,
            ConfigDef.Type.LONG,
            GuardOptions.DEFAULT_FINISHED_CACHE_TTL.toSeconds(),
            Range.between(1, Integer.MAX_VALUE),
            Importance.LOW,
            "The longest that a key is remembered here, in seconds; never longer than the service"
                + " does.");
  }

  /** The names, in the order of the documentation. */
  static List<String> names() {
    return new ArrayList<>(ALL.configKeys().keySet());
  }
}
