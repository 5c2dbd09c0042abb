package tech.onceonly.it.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.onceonly.client.CheckLockResult;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.LeaseResult;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.client.SyncOnceOnlyClient;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.OutageProxy;

/** The server's console in a real browser, on what real clients claim. */
class ConsoleIT {
  private static final String EVIL =
      "<img src=x onerror=\"window.harmed=1\"><script>window.harmed=1</script>";

  @TempDir static Path profile;
  private static Browser browser;

  private final OnceOnlyServer server =
      OnceOnlyServer.start(
          ServerOptions.builder().port(0).apiKey("app").adminKey("admin").console(true).build());
  private final OutageProxy proxy = OutageProxy.start("127.0.0.1", server.port());
  private final OnceOnlyClient client =
      OnceOnlyClient.create(
          ClientOptions.builder()
              .environment(Map.of())
              .apiKey("app")
              .baseUrl(server.baseUrl().toString())
              .build());
  private final SyncOnceOnlyClient api = client.sync();
  private final AtomicInteger more = new AtomicInteger();
  private BrowserPage page;

  @BeforeAll
  static void startBrowser() throws Exception {
    assumeTrue(Browser.executable().isPresent(), Browser.LACKING);
    browser = Browser.start(Browser.executable().get(), profile);
  }

  @AfterAll
  static void endBrowser() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void open() {
    page = browser.newPage();
    page.go(proxy.baseUrl() + "/");
  }

  @AfterEach
  void close() {
    page.close();
    client.close();
    proxy.close();
    server.close();
  }

  @Test
  void whoeverMayNotSeeKeysIsToldWhyAndTheKeyStaysOutOfTheAddress() {
    signIn("wrong-key");
    page.untilSeen("#door-error", "does not know this API key (403)");
    signIn("app");
    page.untilSeen("#door-error", "admin role");
    assertThat(page.valueOf("document.querySelector('#room').checkVisibility()").asBoolean())
        .isFalse();
    assertThat(
            page.valueOf("location.href + JSON.stringify(sessionStorage) + document.cookie")
                .asText())
        .isEqualTo(proxy.baseUrl() + "/{}");

    enter();
    page.reload();
    page.untilSeen("#state", "Live");
    page.press("#sign-out", "Sign out");
    page.untilSeen("#enter", "Sign in");
    assertThat(page.valueOf("sessionStorage.length").asInt()).isZero();
    // The browser itself writes down that the first key was refused, and nothing else.
    assertThat(page.complaints())
        .hasSize(1)
        .allMatch(told -> told.startsWith("network:") && told.contains("403"));
  }

  @Test
  void countsGrowWithWhatClientsClaim() {
    enter();
    page.untilSeen("#no-events", "Nothing has been decided");
    page.untilSeen("#no-leases", "No lease is in progress");
    for (int i = 0; i < 12; i++) {
      assertThat(api.checkLock("order:" + i)).isInstanceOf(CheckLockResult.Locked.class);
    }
    page.untilSeen("#claims-hour", "12 in the last hour");
    for (int i = 0; i < 4; i++) {
      assertThat(api.checkLock("order:" + i)).isInstanceOf(CheckLockResult.Duplicate.class);
    }
    page.untilSeen("#duplicates-hour", "4 in the last hour");
    page.untilSeen("#share", "25.0 %");
    page.untilSeen("#legend", "12");
    page.untilSeen("#events tr", "order:11");
    Runnable claimMore = () -> api.checkLock("more:" + more.incrementAndGet());
    page.until("parseFloat(document.querySelector('#claims-rate').innerText) > 0", claimMore);
    page.until("document.querySelectorAll('#chart rect[data-outcome=locked]').length > 0");

    page.valueOf("document.querySelector('#chart').focus()");
    page.key("Home", 36, "");
    page.untilSeen("#chart-reading", ": nothing");
    page.key("End", 35, "");
    page.until("document.querySelector('#chart-reading').innerText.includes(' locked')", claimMore);
    assertThat(page.complaints()).isEmpty();
  }

  @Test
  void aReleasedKeyIsWonByTheNext() {
    assertThat(api.checkLock("pay:1")).isInstanceOf(CheckLockResult.Locked.class);
    enter();
    page.type("#key", "pay:1");
    page.enter();
    page.untilSeen("#found", "Check-lock claim");
    page.press("#found button", "Release…");
    page.untilSeen("#release", "Its message can run again");
    page.press("#release button", "Keep it");
    assertThat(api.checkLock("pay:1")).isInstanceOf(CheckLockResult.Duplicate.class);

    page.press("#found button", "Release…");
    page.press("#release button", "Release it: it can run again");
    page.untilSeen("#keys-said", "Released");
    page.untilSeen("#found", "Nothing holds this key");
    page.untilSeen("#events tr", "released");
    assertThat(api.checkLock("pay:1")).isInstanceOf(CheckLockResult.Locked.class);
    assertThat(page.complaints()).isEmpty();
  }

  @Test
  void aLeaseInProgressIsSeenGrowingOldUntilItEnds() {
    LeaseResult.Acquired lease = (LeaseResult.Acquired) api.lease("ship:1", Duration.ofMinutes(5));
    api.checkLock("ship:2");
    enter();
    page.untilSeen("#leases tr", "ship:1");
    page.untilSeen("#leases-count", "1");
    String age = "parseInt(document.querySelector('#leases tr').cells[2].innerText)";
    page.until(age + " > " + page.valueOf(age));
    page.untilSeen("#leases-oldest", "the oldest for");
    page.untilSeen("#leases", "ago");
    page.untilSeen("#leases", "4 min ");
    assertThat(page.text("#leases")).doesNotContain("ship:2");
    api.complete("ship:1", lease.leaseId());
    page.untilSeen("#no-leases", "No lease is in progress");
    assertThat(page.complaints()).isEmpty();
  }

  @Test
  void keysAreListedPageByPage() {
    for (int i = 0; i < 60; i++) {
      api.checkLock("mail:%02d".formatted(i));
    }
    api.checkLock("other");
    enter();
    page.type("#key", "mail:");
    page.press("#list", "List");
    page.untilSeen("#found tr", "mail:49");
    assertThat(page.text("#found")).doesNotContain("mail:50");
    page.press("#found button", "Next page");
    page.untilSeen("#found tr", "mail:59");
    assertThat(page.text("#found")).doesNotContain("mail:49", "other");
    page.press("#found button.key", "mail:55");
    page.untilSeen("#found h3", "mail:55");
    assertThat(page.valueOf("document.activeElement.id").asText()).isEqualTo("found");
    page.press("#found button", "Back to the list");
    page.press("#found button", "Previous page");
    page.untilSeen("#found tr", "mail:00");
    assertThat(page.complaints()).isEmpty();
  }

  /** A key comes from a message, and so from anybody. */
  @Test
  void aKeyThatIsMarkupIsTextEverywhere() {
    api.checkLock(EVIL);
    api.lease(EVIL, Duration.ofMinutes(5));
    api.checkLock("turned \u202e around");
    enter();
    page.untilSeen("#events tr", EVIL);
    page.untilSeen("#events tr", "turned \\u{202e} around");
    page.untilSeen("#leases tr", EVIL);
    page.type("#key", "<");
    page.press("#list", "List");
    page.untilSeen("#found tr", EVIL);
    page.press("#found button.key", EVIL);
    page.untilSeen("#found h3", EVIL);
    page.press("#found button", "Release…");
    page.untilSeen("#release-key", EVIL);
    page.untilSeen("#release-at-work", "It is not stopped");
    page.press("#free", "");
    page.untilSeen("#keys-said", "Released");
    assertThat(api.checkLock(EVIL)).isInstanceOf(CheckLockResult.Locked.class);
    assertThat(page.valueOf("'harmed' in window").asBoolean()).isFalse();
    assertThat(page.valueOf("document.querySelectorAll('img, script').length").asInt())
        .isEqualTo(2);
    assertThat(page.complaints()).isEmpty();
  }

  @Test
  void aServerThatIsGoneIsToldAndFoundAgain() {
    enter();
    proxy.refuse();
    page.untilSeen("#trouble", "The server does not answer");
    page.untilSeen("#trouble", "Trying again in 2 s");
    page.untilSeen("#state", "Not up to date");
    proxy.restore();
    api.checkLock("since");
    page.untilSeen("#state", "Live");
    page.untilSeen("#events tr", "since");
    assertThat(page.valueOf("document.querySelector('#trouble').checkVisibility()").asBoolean())
        .isFalse();
    assertThat(page.complaints()).isNotEmpty().allMatch(told -> told.startsWith("network:"));
  }

  @Test
  void aPageThatNobodySeesAsksNothing() {
    enter();
    hide(true);
    page.untilSeen("#state", "Paused");
    // What was on its way has come in when more than a refresh has passed without another one.
    String calls =
        "performance.getEntriesByType('resource').filter(e => e.name.includes('/v1/')).length";
    String later = "new Promise(r => setTimeout(() => r(" + calls + "), 2500))";
    int before = page.valueOf(later).asInt();
    assertThat(page.valueOf(later).asInt()).isEqualTo(before);
    hide(false);
    page.untilSeen("#state", "Live");
    page.until(calls + " > " + before);
    assertThat(page.complaints()).isEmpty();
  }

  @Test
  void whatCanBeUsedHasANameForThoseWhoDoNotSeeIt() {
    api.checkLock("k");
    api.lease("l", Duration.ofMinutes(5));
    assertThat(nameless()).isEmpty();
    enter();
    page.untilSeen("#leases tr", "l");
    page.type("#key", "k");
    page.enter();
    page.untilSeen("#found button", "Release…");
    assertThat(nameless()).isEmpty();
  }

  private void enter() {
    signIn("admin");
    page.untilSeen("#state", "Live");
  }

  private void signIn(String key) {
    page.type("#api-key", key);
    page.enter();
  }

  /** As a browser does with a tab in the background, which one without windows has not. */
  private void hide(boolean hidden) {
    page.valueOf(
        "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
                .formatted(hidden)
            + "document.dispatchEvent(new Event('visibilitychange'));");
  }

  private List<String> nameless() {
    List<String> nameless = new ArrayList<>();
    int named = 0;
    for (JsonNode node : page.call("Accessibility.getFullAXTree", Map.of()).get("nodes")) {
      String role = node.at("/role/value").asText();
      if (List.of("button", "textbox", "slider", "region", "dialog", "table").contains(role)) {
        if (node.at("/name/value").asText().isBlank()) {
          nameless.add(node.toString());
        } else {
          named++;
        }
      }
    }
    assertThat(named).as("with a name").isGreaterThan(1);
    return nameless;
  }
}
