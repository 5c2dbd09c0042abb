package tech.onceonly.server;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers browsers: the console's page, and the files that it loads. They are the same for
 * everybody and hold no data: that the page asks for itself, with the API key that it is given.
 */
final class ConsoleCalls {
  static final String PAGE = "index.html";

  /**
   * The page runs and loads nothing but these files, asks nobody but this server, sends no form,
   * stands in no frame, and makes no markup of text.
   */
  private static final CharSequence POLICY =
      HttpHeaders.createOptimized(
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
              + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
              + " require-trusted-types-for 'script'; trusted-types 'none'");

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml");

  private static final Map<String, File> FILES =
      read(
          PAGE,
          "console.css",
          "console.js",
          "room.js",
          "watch.js",
          "api.js",
          "view.js",
          "chart.js",
          "keys.js",
          "leases.js",
          "icon.svg");

  private final boolean isOffered;
  private final ErrorAnswers errors;

  ConsoleCalls(boolean isOffered, ErrorAnswers errors) {
    this.isOffered = isOffered;
    this.errors = errors;
  }

  private record File(CharSequence type, Buffer bytes, String tag) {}

  /** It can be turned off. */
  boolean isOffered() {
    return isOffered;
  }

  /**
   * @param name without a folder
   * @param known what the browser has of it already, as its header says; null where it has nothing
   */
  void file(HttpExchange exchange, String name, @Nullable String known) {
    File file = FILES.get(name);
    if (file == null) {
      errors.notFound(exchange);
      return;
    }
    exchange
        // To be asked for each time, and sent only where it has changed: with a new version.
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .header(HttpHeaders.ETAG, file.tag())
        .header("content-security-policy", POLICY)
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .header("x-frame-options", "DENY")
        .header("cross-origin-opener-policy", "same-origin")
        .header("cross-origin-resource-policy", "same-origin");
    if (known != null && isAmong(file.tag(), known)) {
      exchange.sendUnchanged();
    } else {
      exchange.send(200, file.type(), file.bytes());
    }
  }

  /** A proxy that compresses marks a tag as weak; it is the same file all the same. */
  private static boolean isAmong(String tag, String known) {
    return Arrays.stream(known.split(",", -1))
        .map(String::strip)
        .anyMatch(one -> one.equals("*") || one.equals(tag) || one.equals("W/" + tag));
  }

  private static Map<String, File> read(String... names) {
    Map<String, File> files = new TreeMap<>();
    for (String name : names) {
      try (InputStream in = ConsoleCalls.class.getResourceAsStream("console/" + name)) {
        byte[] bytes = Objects.requireNonNull(in, name).readAllBytes();
        String tag = '"' + HexFormat.of().formatHex(Auth.newSha256().digest(bytes), 0, 16) + '"';
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        files.put(
            name,
            new File(
                HttpHeaders.createOptimized(Objects.requireNonNull(type, name)),
                Buffer.buffer(bytes),
                tag));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return files;
  }
}
