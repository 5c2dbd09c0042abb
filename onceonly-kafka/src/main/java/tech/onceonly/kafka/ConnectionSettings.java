package tech.onceonly.kafka;

import static tech.onceonly.kafka.SettingDefinitions.PREFIX;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import tech.onceonly.client.ConnectionOptions;

/** The settings of the connection to the API: how many, of which HTTP, and whom they trust. */
final class ConnectionSettings {

  static final String MAX_CONNECTIONS = PREFIX + "max.connections";
  static final String HTTP_VERSION = PREFIX + "http.version";
  static final String HTTP_PIPELINING = PREFIX + "http.pipelining";
  static final String TRUSTSTORE_LOCATION = PREFIX + "truststore.location";
  static final String TRUSTSTORE_PASSWORD = PREFIX + "truststore.password";
  static final String TRUSTSTORE_TYPE = PREFIX + "truststore.type";
  static final String KEYSTORE_LOCATION = PREFIX + "keystore.location";
  static final String KEYSTORE_PASSWORD = PREFIX + "keystore.password";
  static final String KEYSTORE_TYPE = PREFIX + "keystore.type";

  private ConnectionSettings() {}

  /** Adds them, in the order of the documentation. */
  static void define(ConfigDef all) {
    all.define(
            MAX_CONNECTIONS,
            ConfigDef.Type.INT,
            ConnectionOptions.DEFAULTS.maxConnections(),
            Range.between(1, 10_000),
            Importance.LOW,
            "Connections to the API, at most.")
        .define(
            HTTP_VERSION,
            ConfigDef.Type.STRING,
            "auto",
            ValidString.in("auto", "1.1", "2"),
            Importance.LOW,
            "auto speaks HTTP/2 over TLS where the server offers it, else HTTP/1.1. Without TLS 2"
                + " means prior knowledge.")
        .define(
            HTTP_PIPELINING,
            ConfigDef.Type.INT,
            ConnectionOptions.DEFAULTS.pipelining(),
            Range.between(0, 10_000),
            Importance.LOW,
            "Calls that share an HTTP/1.1 connection at one time; 1 for none; 0 for "
                + ConnectionOptions.PLAIN_PIPELINING
                + " without TLS and 1 with it.")
        .define(
            TRUSTSTORE_LOCATION,
            ConfigDef.Type.STRING,
            null,
            Importance.LOW,
            "A file with the certificates to trust, in place of the platform's.")
        .define(
            TRUSTSTORE_PASSWORD,
            ConfigDef.Type.PASSWORD,
            null,
            Importance.LOW,
            "The trust store's password; never printed.")
        .define(
            TRUSTSTORE_TYPE,
            ConfigDef.Type.STRING,
            "PKCS12",
            ValidString.in("PKCS12", "JKS", "PEM"),
            Importance.LOW,
            "The trust store's form.")
        .define(
            KEYSTORE_LOCATION,
            ConfigDef.Type.STRING,
            null,
            Importance.LOW,
            "A file with the client's own certificate and its private key, for a server that wants"
                + " one.")
        .define(
            KEYSTORE_PASSWORD,
            ConfigDef.Type.PASSWORD,
            null,
            Importance.LOW,
            "The key store's password, and its key's; never printed.")
        .define(
            KEYSTORE_TYPE,
            ConfigDef.Type.STRING,
            "PKCS12",
            ValidString.in("PKCS12", "JKS", "PEM"),
            Importance.LOW,
            "The key store's form. In PEM the key, PKCS #8 without a password, and its certificates"
                + " stand in one file.");
  }
}
