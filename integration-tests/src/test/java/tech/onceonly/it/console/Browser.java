package tech.onceonly.it.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static tech.onceonly.testing.Await.PATIENCE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * A Chromium without a window, spoken to in its DevTools protocol over a pipe: it opens no port,
 * and ends when the pipe does, be it that this process is killed.
 */
final class Browser implements AutoCloseable {
  /** What a machine lacks that has none. */
  static final String LACKING = "no Chromium here: install Debian's package chromium";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Chromium reads from its descriptor 3 and writes to 4. */
  private static final String ON_PIPE = "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null";

  private final Process process;
  private final AtomicLong asked = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final Map<String, BrowserPage> pages = new ConcurrentHashMap<>();

  private Browser(Process process) {
    this.process = process;
  }

  /** Where this machine has a Chromium, if it has one. */
  static Optional<Path> executable() {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(
            folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * @param profile an empty directory, which is free again once this is closed
   */
  static Browser start(Path executable, Path profile) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("bash", "-c", ON_PIPE, "browser", executable.toString()));
    // Without its sandbox, which root may not have: it sees no page but the project's own.
    command.addAll(
        List.of(
            "--headless",
            "--window-size=1280,900",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--remote-debugging-pipe",
            "--user-data-dir=" + profile));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Browser browser = new Browser(process);
    Thread reader = new Thread(browser::read, "browser-reader");
    reader.setDaemon(true);
    reader.start();
    return browser;
  }

  /** A page of its own, with nothing in it yet. */
  BrowserPage newPage() {
    String target =
        call(null, "Target.createTarget", Map.of("url", "about:blank")).get("targetId").asText();
    String session =
        call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .get("sessionId")
            .asText();
    BrowserPage page = new BrowserPage(this, session, target);
    pages.put(session, page);
    for (String domain : List.of("Page", "Runtime", "Log", "Accessibility")) {
      call(session, domain + ".enable", Map.of());
    }
    return page;
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param session of a page; null for the browser itself
   */
  JsonNode call(String session, String method, Map<String, ?> parameters) {
    long id = asked.incrementAndGet();
    Map<String, Object> message =
        new HashMap<>(Map.of("id", id, "method", method, "params", parameters));
    if (session != null) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    try {
      synchronized (process) {
        process.getOutputStream().write((JSON.writeValueAsString(message) + '\0').getBytes(UTF_8));
        process.getOutputStream().flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Chromium has gone before " + method, e);
    }
    JsonNode told = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    if (told.has("error")) {
      throw new IllegalStateException(method + ": " + told.get("error"));
    }
    return told.get("result");
  }

  @Override
  public void close() throws Exception {
    List<ProcessHandle> all = process.descendants().toList();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    for (ProcessHandle child : all) {
      // The last ones write to the profile still, which its owner is about to delete.
      child.onExit().completeOnTimeout(child, PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
      child.destroyForcibly();
    }
  }

  private void read() {
    try (InputStream in = process.getInputStream()) {
      byte[] chunk = new byte[64 * 1024];
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        for (int i = 0; i < length; i++) {
          if (chunk[i] != 0) {
            message.write(chunk[i]);
          } else {
            take(JSON.readTree(message.toByteArray()));
            message.reset();
          }
        }
      }
      failAll(new IllegalStateException("Chromium has ended"));
    } catch (IOException e) {
      failAll(e);
    }
  }

  private void take(JsonNode message) {
    if (message.has("id")) {
      answers.remove(message.get("id").asLong()).complete(message);
      return;
    }
    BrowserPage page = pages.get(message.path("sessionId").asText());
    if (page != null) {
      page.happened(message.get("method").asText(), message.get("params"));
    }
  }

  private void failAll(Exception cause) {
    answers.values().forEach(answer -> answer.completeExceptionally(cause));
  }
}
