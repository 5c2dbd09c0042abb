package tech.onceonly.it.console;

import static tech.onceonly.testing.Await.PATIENCE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import tech.onceonly.testing.Await;

/** One page: used as a person would, by mouse and keyboard, and read. */
final class BrowserPage {

  private final Browser browser;
  private final String session;
  private final String target;
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  BrowserPage(Browser browser, String session, String target) {
    this.browser = browser;
    this.session = session;
    this.target = target;
  }

  void go(String url) {
    call("Page.navigate", Map.of("url", url));
    until("document.readyState === 'complete' && location.href.startsWith('" + url + "')");
  }

  /** Loads it anew, and waits for that. */
  void reload() {
    valueOf("window.isOld = true");
    call("Page.reload", Map.of());
    until("!window.isOld && document.readyState === 'complete'");
  }

  void close() {
    browser.call(null, "Target.closeTarget", Map.of("targetId", target));
  }

  /** Errors and warnings of the page and of its policy so far. */
  List<String> complaints() {
    return complaints;
  }

  /** The value of a script's expression; of a promise, what it comes to. */
  JsonNode valueOf(String expression) {
    JsonNode told =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    if (told.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + told.get("exceptionDetails"));
    }
    return told.get("result").path("value");
  }

  void until(String expression) {
    until(expression, () -> {});
  }

  /** Waits until it is true, and does something before each look. */
  void until(String expression, Runnable meanwhile) {
    try {
      Await.until(
          expression,
          PATIENCE,
          () -> {
            meanwhile.run();
            return isTrue(expression);
          });
    } catch (IllegalStateException e) {
      throw new AssertionError(
          e.getMessage() + ", on a page with: " + valueOf("document.body.innerText").asText(), e);
    }
  }

  private boolean isTrue(String expression) {
    try {
      return valueOf(expression).asBoolean();
    } catch (IllegalStateException e) {
      if (String.valueOf(e.getMessage()).matches("(?s).*(navigated|context).*")) {
        // The page that was asked has just made way for the next.
        return false;
      }
      throw e;
    }
  }

  /** Waits until what is seen there has these words in it. */
  void untilSeen(String selector, String words) {
    until(
        "[...document.querySelectorAll(%s)].some(e => e.checkVisibility() && e.innerText.includes(%s))"
            .formatted(quoted(selector), quoted(words)));
  }

  String text(String selector) {
    return valueOf("document.querySelector(%s).innerText".formatted(quoted(selector))).asText();
  }

  /**
   * Presses the first that can be seen and bears exactly these words, or any where they are empty.
   */
  void press(String selector, String words) {
    String find =
        "[...document.querySelectorAll(%s)].find(e => e.checkVisibility() && [e.innerText, ''].includes(%s))"
            .formatted(quoted(selector), quoted(words));
    until("!!" + find);
    JsonNode at =
        valueOf(
            """
            (() => { const e = %s; e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();
              return {x: b.x + b.width / 2, y: b.y + b.height / 2}; })()"""
                .formatted(find));
    mouse("mousePressed", at);
    mouse("mouseReleased", at);
    // Out of the way: what lies under the mouse may hold still for it.
    mouse("mouseMoved", valueOf("({x: 1, y: 1})"));
  }

  private void mouse(String type, JsonNode at) {
    boolean presses = !type.equals("mouseMoved");
    call(
        "Input.dispatchMouseEvent",
        Map.of(
            "type",
            type,
            "x",
            at.get("x").asDouble(),
            "y",
            at.get("y").asDouble(),
            "button",
            presses ? "left" : "none",
            "clickCount",
            presses ? 1 : 0));
  }

  /** Puts the text in the place of what is there. */
  void type(String selector, String text) {
    press(selector, "");
    valueOf("document.querySelector(%s).select()".formatted(quoted(selector)));
    call("Input.insertText", Map.of("text", text));
  }

  void enter() {
    key("Enter", 13, "\r");
  }

  /**
   * @param typed what it writes; empty for one that writes nothing
   */
  void key(String name, int code, String typed) {
    for (String type : List.of("keyDown", "keyUp")) {
      call(
          "Input.dispatchKeyEvent",
          Map.of(
              "type",
              type,
              "key",
              name,
              "code",
              name,
              "text",
              typed,
              "windowsVirtualKeyCode",
              code));
    }
  }

  JsonNode call(String method, Map<String, ?> parameters) {
    return browser.call(session, method, parameters);
  }

  void happened(String event, JsonNode told) {
    switch (event) {
      case "Log.entryAdded" -> {
        JsonNode entry = told.get("entry");
        if (List.of("error", "warning").contains(entry.get("level").asText())) {
          complaints.add(entry.get("source").asText() + ": " + entry.get("text").asText());
        }
      }
      case "Runtime.consoleAPICalled" -> complaints.add("console: " + told.get("args"));
      case "Runtime.exceptionThrown" ->
          complaints.add("exception: " + told.get("exceptionDetails"));
      case "Page.javascriptDialogOpening" -> complaints.add("dialog: " + told.get("message"));
      default -> {
        // Nothing that a test asks for.
      }
    }
  }

  static String quoted(String text) {
    return TextNode.valueOf(text).toString();
  }
}
