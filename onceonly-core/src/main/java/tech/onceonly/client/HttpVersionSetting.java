package tech.onceonly.client;

/** Which HTTP the client speaks. */
public enum HttpVersionSetting {
  /** Over TLS HTTP/2 where the server offers it (ALPN), else HTTP/1.1; without TLS HTTP/1.1. */
  AUTO,
  /** HTTP/1.1 alone. */
  HTTP_1_1,
  /** HTTP/2; without TLS with prior knowledge, that is, without asking the server first. */
  HTTP_2
}
