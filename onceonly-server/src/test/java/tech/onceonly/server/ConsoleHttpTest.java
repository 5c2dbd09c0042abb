package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console's files: that anybody gets them, and that a browser is told what they may do. */
class ConsoleHttpTest {
  private static final Pattern NAMED =
      Pattern.compile("(?:src|href)=\"(console/[^\"]*)\"|from '\\./([^']*)'");

  private final Api api = Api.start(Api.options().console(true));
  private final HttpClient browser = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void thePageAndAllThatItLoadsNeedNoApiKey() throws Exception {
    Map<String, HttpResponse<String>> files = files();
    assertThat(files.keySet())
        .contains("/", "/console/console.css", "/console/console.js", "/console/icon.svg")
        .hasSizeGreaterThan(8);
    files.forEach(
        (path, file) -> {
          assertThat(file.statusCode()).as(path).isEqualTo(200);
          assertThat(header(file, "Content-Type")).as(path).isEqualTo(typeOf(path));
        });
  }

  @Test
  void everyFileIsForbiddenAllThatItDoesNotNeed() throws Exception {
    files()
        .forEach(
            (path, file) -> {
              assertThat(header(file, "Content-Security-Policy"))
                  .as(path)
                  .contains("default-src 'none'", "script-src 'self'", "style-src 'self'")
                  .contains("connect-src 'self'", "form-action 'none'", "base-uri 'none'")
                  .contains("frame-ancestors 'none'", "require-trusted-types-for 'script'")
                  .doesNotContain("unsafe", "http", "data:", "*");
              assertThat(header(file, "X-Content-Type-Options")).isEqualTo("nosniff");
              assertThat(header(file, "Referrer-Policy")).isEqualTo("no-referrer");
              assertThat(header(file, "X-Frame-Options")).isEqualTo("DENY");
              assertThat(header(file, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
              assertThat(header(file, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
            });
  }

  @Test
  void nothingComesFromElsewhereAndNoTextBecomesMarkup() throws Exception {
    files()
        .forEach(
            (path, file) -> {
              String text = file.body().replace("http://www.w3.org/2000/svg", "");
              assertThat(text)
                  .as(path)
                  .doesNotContain("http:", "https:", "\"//", "'//", "`//", "url(", "@import")
                  .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "setHTML")
                  .doesNotContain("document.write", "eval(", "Function(", "DOMParser", "srcdoc")
                  .doesNotContain("console.log", "localStorage")
                  .doesNotContainPattern("<script(?![^>]* src=)|\\son\\w+=|\\sstyle=|<style");
            });
  }

  @Test
  void whatABrowserHasAlreadyIsNotSentAgain() throws Exception {
    for (String path : files().keySet()) {
      HttpResponse<String> first = get(path);
      assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
      String tag = header(first, "ETag");
      assertThat(tag).matches("\"[0-9a-f]{32}\"");
      for (String known : new String[] {tag, "\"other\", W/" + tag, "*"}) {
        HttpResponse<String> second = get(path, "If-None-Match", known);
        assertThat(second.statusCode()).as("%s %s", path, known).isEqualTo(304);
        assertThat(second.body()).isEmpty();
        assertThat(header(second, "ETag")).isEqualTo(tag);
        assertThat(header(second, "Content-Security-Policy")).isNotNull();
        assertThat(second.headers().firstValue("Content-Type")).isEmpty();
      }
      assertThat(get(path, "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
    }
    assertThat(files().values().stream().map(file -> header(file, "ETag")).distinct())
        .hasSize(files().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void onlyGetAndHeadAreTaken(String method) throws Exception {
    for (String path : new String[] {"/", "/console/console.js"}) {
      HttpResponse<String> answer =
          browser.send(
              HttpRequest.newBuilder(at(api, path))
                  .method(method, HttpRequest.BodyPublishers.noBody())
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(405);
      assertThat(header(answer, "Allow")).isEqualTo("GET, HEAD");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/console",
        "/console/",
        "/console/none.js",
        "/console/../openapi.json",
        "/console/%2e%2e/openapi.json",
        "/console//console.js",
        "/index.html"
      })
  void thereAreNoOtherFiles(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }

  @Test
  void turnedOffItIsNotThere() throws Exception {
    try (Api without = Api.start()) {
      for (String path : files().keySet()) {
        HttpRequest request = HttpRequest.newBuilder(at(without, path)).build();
        assertThat(browser.send(request, BodyHandlers.discarding()).statusCode())
            .as(path)
            .isEqualTo(404);
      }
    }
  }

  /** By their paths: the page, what it names, and what that names. */
  private Map<String, HttpResponse<String>> files() throws Exception {
    Map<String, HttpResponse<String>> files = new TreeMap<>();
    Deque<String> toRead = new ArrayDeque<>();
    toRead.add("/");
    while (!toRead.isEmpty()) {
      String path = toRead.remove();
      HttpResponse<String> file = get(path);
      files.put(path, file);
      for (MatchResult named : NAMED.matcher(file.body()).results().toList()) {
        String next = named.group(1) == null ? "/console/" + named.group(2) : "/" + named.group(1);
        if (!files.containsKey(next) && !toRead.contains(next)) {
          toRead.add(next);
        }
      }
    }
    return files;
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(at(api, path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return browser.send(request.build(), BodyHandlers.ofString());
  }

  private static URI at(Api api, String path) {
    return URI.create("http://127.0.0.1:" + api.server.port() + path);
  }

  private static String header(HttpResponse<String> answer, String name) {
    return answer.headers().firstValue(name).orElse(null);
  }

  private static String typeOf(String path) {
    return switch (path.substring(path.lastIndexOf('.') + 1)) {
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> "text/html; charset=utf-8";
    };
  }
}
