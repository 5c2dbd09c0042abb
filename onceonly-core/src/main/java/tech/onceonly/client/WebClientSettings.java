package tech.onceonly.client;

import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.client.WebClientOptions;

/** Turns the client's options into Vert.x's. */
final class WebClientSettings {

  private WebClientSettings() {}

  /** What is shown to a server that asks for a certificate. */
  static OwnCertificate ownCertificate(ClientOptions options) {
    ClientKeyStore store = options.connections().keyStore();
    return new OwnCertificate(store == null ? null : store.load());
  }

  static WebClientOptions of(ClientOptions options, OwnCertificate own) {
    ConnectionOptions connections = options.connections();
    boolean tls = options.baseUrl().tls();
    int pipelining = connections.pipeliningFor(tls);
    int idleSeconds = (int) connections.idleTimeout().toSeconds();
    WebClientOptions web = new WebClientOptions();
    web.setFollowRedirects(false)
        .setUserAgentEnabled(false)
        .setTracingPolicy(TracingPolicy.IGNORE)
        .setConnectTimeout((int) connections.connectTimeout().toMillis())
        .setKeepAliveTimeout(idleSeconds)
        .setHttp2KeepAliveTimeout(idleSeconds)
        .setPipelining(pipelining > 1)
        .setPipeliningLimit(pipelining)
        .setSsl(tls)
        .setVerifyHost(true);
    switch (connections.httpVersion()) {
      case AUTO -> web.setProtocolVersion(tls ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
      case HTTP_1_1 -> web.setProtocolVersion(HttpVersion.HTTP_1_1);
      case HTTP_2 -> web.setProtocolVersion(HttpVersion.HTTP_2);
    }
    if (tls) {
      web.setUseAlpn(web.getProtocolVersion() == HttpVersion.HTTP_2);
    } else {
      web.setHttp2ClearTextUpgrade(false);
    }
    if (connections.trustStore() != null) {
      TrustOptions trust = connections.trustStore().load();
      web.setTrustOptions(trust);
    }
    web.setKeyCertOptions(KeyCertOptions.wrap(own));
    return web;
  }

  static PoolOptions pool(ClientOptions options) {
    ConnectionOptions connections = options.connections();
    return new PoolOptions()
        .setHttp1MaxSize(connections.maxConnections())
        .setHttp2MaxSize(connections.maxConnections())
        // Calls that have ended may still wait there for a connection, beside those in flight.
        .setMaxWaitQueueSize(2 * connections.maxInFlight() + 16);
  }
}
