package tech.onceonly.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the server's command, and the settings that they make. */
final class CommandOptions {
  static final String API_KEYS_VARIABLE = "ONCEONLY_API_KEYS";
  static final String ADMIN_KEYS_VARIABLE = "ONCEONLY_ADMIN_KEYS";

  /** What a client takes its API key from. */
  static final String CLIENTS_VARIABLE = "ONCEONLY_API_KEY";

  private static final String DEFAULT_STORE = StoreChoice.ROCKSDB + "onceonly-data";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on, 0 for any free one. Default: ${DEFAULT-VALUE}")
  private int port = ServerOptions.DEFAULT_PORT;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description = "Address to listen on. Default: ${DEFAULT-VALUE}")
  private String host = ServerOptions.DEFAULT_HOST;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      split = ",",
      description = {
        "API key that requests may carry; repeatable, and all share one key space.",
        "In the environment: " + API_KEYS_VARIABLE + ".",
        "With none at all, no --admin-key and no --tenants, the server makes one and prints it."
      })
  private List<String> apiKeys = new ArrayList<>();

  @Option(
      names = "--admin-key",
      paramLabel = "KEY",
      split = ",",
      description = {
        "API key that may see, list and free keys too; repeatable. Without it nobody may.",
        "It is enough by itself, but not beside --tenants, whose keys it does not see.",
        "In the environment: " + ADMIN_KEYS_VARIABLE + "."
      })
  private List<String> adminKeys = new ArrayList<>();

  @Option(
      names = "--tenants",
      paramLabel = "FILE",
      description = {
        "JSON file of tenants: key spaces, hashed API keys, plans and limits of their own.",
        "docs/server.md tells its form."
      })
  private @Nullable Path tenants;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "Speaks TLS with this certificate and those that sign it, in PEM.")
  private @Nullable Path tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "Its private key, in PEM, PKCS #8, without a password.")
  private @Nullable Path tlsKey;

  @Option(
      names = "--tls-client-authorities",
      paramLabel = "FILE",
      description = "Lets only callers in with a certificate that one of these, in PEM, signed.")
  private @Nullable Path tlsClientAuthorities;

  @Option(
      names = "--plan",
      paramLabel = "PLAN",
      description =
          "free, starter, pro or agency: default and maximum TTL. Default: ${DEFAULT-VALUE}")
  private String plan = ServerOptions.DEFAULT_PLAN.word();

  @Option(
      names = "--store",
      paramLabel = "STORE",
      description = {
        "Where keys are kept: rocksdb:DIR, on this machine's disk, synced before each answer;",
        "or redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE], which several servers may share;",
        "or memory, which forgets them when the server stops.",
        "Default: " + DEFAULT_STORE
      })
  private String store = DEFAULT_STORE;

  @Option(
      names = "--no-metrics",
      description = {
        "Does not answer GET /metrics. Without this it tells Prometheus, without an API key,",
        "how much is claimed, with tenants' names and without keys."
      })
  private boolean noMetrics;

  @Option(
      names = "--console",
      paramLabel = "on|off",
      description = {
        "Whether GET / answers with a page that shows operators what is claimed, once they have",
        "typed in an --admin-key. Default: ${DEFAULT-VALUE}"
      })
  private String console = "on";

  @Option(
      names = "--max-keys",
      paramLabel = "N",
      description = {
        "Most keys held at once; beyond it new ones get 503.",
        "Default: "
            + ServerOptions.DEFAULT_MAX_KEYS_ON_DISK
            + " on disk, "
            + ServerOptions.DEFAULT_MAX_KEYS
            + " in memory; not for a Redis, which has maxmemory"
      })
  private @Nullable Integer maxKeys;

  @Option(
      names = "--duplicate-status",
      paramLabel = "200|409",
      description = "HTTP status of a duplicate's answer. Default: ${DEFAULT-VALUE}")
  private int duplicateStatus = 200;

  @SuppressWarnings("UnusedVariable") // Configuration reads it.
  @Option(
      names = Configuration.OPTION,
      paramLabel = "FILE",
      description = {
        "Properties file of any of these options, without their dashes: port=8080.",
        "Each may also be set in the environment: --max-keys by ONCEONLY_MAX_KEYS.",
        "Option before environment before file before default."
      })
  private @Nullable Path config;

  @SuppressWarnings("UnusedVariable") // Seeing it is all that picocli needs.
  @Option(names = "--help", usageHelp = true, description = "Shows this and exits.")
  private boolean help;

  /** Adds API keys that stand in the environment. */
  void addKeys(Map<String, String> environment) {
    apiKeys = both(apiKeys, environment.get(API_KEYS_VARIABLE));
    adminKeys = both(adminKeys, environment.get(ADMIN_KEYS_VARIABLE));
  }

  /** Whether anybody is let in. */
  boolean letsAnybodyIn() {
    return !apiKeys.isEmpty() || !adminKeys.isEmpty() || tenants != null;
  }

  /**
   * What they are set to.
   *
   * @throws SettingException where one can't be used
   */
  ServerOptions.Builder toBuilder() {
    Plan chosen = Plan.ofWord(plan);
    if (chosen == null) {
      throw new SettingException(
          "%s '%s' is none of free, starter, pro, agency", Setting.PLAN, plan);
    }
    ServerOptions.Builder builder =
        ServerOptions.builder()
            .host(host)
            .port(port)
            .plan(chosen)
            .store(store)
            .duplicateStatus(duplicateStatus)
            .metrics(!noMetrics)
            .console(isOn(Setting.CONSOLE, console))
            .tls(tlsCertificate, tlsKey)
            .tlsClientAuthorities(tlsClientAuthorities);
    if (maxKeys != null) {
      builder.maxKeys(maxKeys);
    }
    if (tenants != null) {
      builder.tenants(tenants);
    }
    apiKeys.forEach(builder::apiKey);
    adminKeys.forEach(builder::adminKey);
    return builder;
  }

  private static List<String> both(List<String> keys, @Nullable String more) {
    List<String> all = new ArrayList<>(keys);
    Arrays.stream((more == null ? "" : more).split(",", -1))
        .map(String::strip)
        .filter(key -> !key.isEmpty())
        .forEach(all::add);
    return all;
  }

  private static boolean isOn(Setting setting, String word) {
    return switch (word) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new SettingException("%s '%s' is neither on nor off", setting, word);
    };
  }
}
