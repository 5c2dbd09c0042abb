package tech.onceonly.server;

import java.util.Locale;

/** A setting by its names: {@link #toString()} is that of the builder's method. */
enum Setting {
  HOST("host"),
  PORT("port"),
  API_KEY("apiKey"),
  ADMIN_KEY("adminKey"),
  TENANTS("tenants"),
  TLS_CERTIFICATE("tlsCertificate"),
  TLS_KEY("tlsKey"),
  TLS_CLIENT_AUTHORITIES("tlsClientAuthorities"),
  PLAN("plan"),
  STORE("store"),
  CONSOLE("console"),
  MAX_KEYS("maxKeys"),
  MAX_RESULT_BYTES("maxResultBytes"),
  EVENT_LOOPS("eventLoops"),
  MAX_CONNECTIONS("maxConnections"),
  DUPLICATE_STATUS("duplicateStatus"),
  DRAIN_TIMEOUT("drainTimeout");

  private final String inJava;
  private final String option;

  Setting(String inJava) {
    this.inJava = inJava;
    this.option = "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** That of the command's option. */
  String option() {
    return option;
  }

  @Override
  public String toString() {
    return inJava;
  }
}
