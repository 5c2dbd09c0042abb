package tech.onceonly.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where the API answers, taken apart once.
 *
 * @param host as it stands in the Host header, an IPv6 address in brackets
 * @param path what comes before {@code /check-lock}; never ends with a slash
 */
record BaseUrl(boolean tls, String host, int port, String path) {

  private static final String DEFAULT_PATH = "/v1";

  static BaseUrl parse(String text) {
    URI uri;
    try {
      uri = new URI(text.strip());
    } catch (URISyntaxException e) {
      throw bad(text, "it is no URL: " + e.getReason());
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw bad(text, "it must begin with https:// or http://");
    }
    if (uri.getRawUserInfo() != null) {
      throw bad("(not shown)", "it must hold no user or password: give the API key by itself");
    }
    if (uri.getHost() == null) {
      throw bad(text, "it has no valid host name");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw bad(text, "it must have no query and no fragment");
    }
    if (uri.getPort() == 0 || uri.getPort() > 65_535) {
      throw bad(text, "its port must be 1 to 65535");
    }
    boolean tls = scheme.equals("https");
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    return new BaseUrl(tls, uri.getHost(), port, path(uri.getRawPath()));
  }

  /** The name or address to connect to: without the brackets of an IPv6 address. */
  String connectHost() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  @Override
  public String toString() {
    return (tls ? "https://" : "http://") + host + ":" + port + path;
  }

  private static String path(String raw) {
    int end = raw.length();
    while (end > 0 && raw.charAt(end - 1) == '/') {
      end--;
    }
    return end == 0 ? DEFAULT_PATH : raw.substring(0, end);
  }

  private static IllegalArgumentException bad(String text, String why) {
    return new IllegalArgumentException(
        "The base URL \""
            + text
            + "\" cannot be used: "
            + why
            + ". Set baseUrl, or the environment's "
            + ClientOptions.BASE_URL_VARIABLE
            + ", to something like "
            + ClientOptions.DEFAULT_BASE_URL
            + ".");
  }
}
