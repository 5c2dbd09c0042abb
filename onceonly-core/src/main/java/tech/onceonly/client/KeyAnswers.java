package tech.onceonly.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what holds keys. */
final class KeyAnswers {

  private final Errors errors;

  KeyAnswers(Errors errors) {
    this.errors = errors;
  }

  KeyState key(Answer answer) {
    return key(answer, body(answer));
  }

  KeyPage page(Answer answer) {
    JsonNode body = body(answer);
    List<KeyState> keys = new ArrayList<>();
    for (JsonNode each : body.path("keys")) {
      keys.add(key(answer, each));
    }
    return new KeyPage(keys, text(body, "cursor"));
  }

  private KeyState key(Answer answer, JsonNode body) {
    String key = text(body, "key");
    JsonNode claim = body.path("check_lock");
    JsonNode lease = body.path("lease");
    String status = text(lease, "status");
    if (key == null || (lease.isObject() && status == null)) {
      throw errors.malformed(answer, "an answer about a key without its name or its status");
    }
    return new KeyState(
        key,
        claim.isObject()
            ? new KeyState.CheckLock(
                AnswerFields.instant(text(claim, "first_seen_at")),
                seconds(claim, "ttl"),
                seconds(claim, "ttl_left"))
            : null,
        status == null ? null : lease(AnswerFields.word(status), lease));
  }

  private static KeyState.Lease lease(String status, JsonNode lease) {
    return new KeyState.Lease(
        status,
        lease.path("version").asLong(0),
        AnswerFields.instant(text(lease, "first_seen_at")),
        seconds(lease, "ttl"),
        seconds(lease, "ttl_left"),
        AnswerFields.instant(text(lease, "done_at")),
        text(lease, "error_code"));
  }

  private JsonNode body(Answer answer) {
    if (answer.status() != 200) {
      throw errors.of(answer);
    }
    JsonNode body = Json.tree(answer.bytes());
    if (body == null || !body.isObject()) {
      throw errors.malformed(answer, "an answer that is no JSON object");
    }
    return body;
  }

  private static @Nullable Duration seconds(JsonNode node, String name) {
    JsonNode value = node.get(name);
    return value != null && value.isNumber() ? AnswerFields.seconds(value.doubleValue()) : null;
  }

  private static @Nullable String text(JsonNode node, String name) {
    JsonNode value = node.get(name);
    return value != null && value.isTextual() ? value.textValue() : null;
  }
}
