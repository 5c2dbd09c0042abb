package tech.onceonly.client;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads what is no verdict: settling, status, result, account. */
final class AccountAnswers {

  private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};
  private static final TypeReference<List<Map<String, Object>>> LIST = new TypeReference<>() {};

  private final Errors errors;

  AccountAnswers(Errors errors) {
    this.errors = errors;
  }

  static boolean isObject(Answer answer) {
    JsonNode node = Json.tree(answer.bytes());
    return node != null && node.isObject();
  }

  /** Bodies of settling calls are not documented: what is 200 is done. */
  LeaseState settled(String key, Answer answer) {
    if (answer.status() != 200 && answer.status() != 204) {
      throw errors.ofSettling(answer);
    }
    AnswerFields fields = AnswerFields.read(answer.bytes());
    if (fields == null && answer.bytes().length > 0) {
      throw errors.malformed(answer, "an answer that is no JSON object");
    }
    return LeaseState.of(key, fields);
  }

  LeaseState state(String key, Answer answer) {
    if (answer.status() != 200) {
      throw errors.of(answer);
    }
    AnswerFields fields = AnswerFields.read(answer.bytes());
    if (fields == null || fields.status() == null) {
      throw errors.malformed(answer, "an answer about a lease without a status");
    }
    return LeaseState.of(key, fields);
  }

  StoredResult result(String key, Answer answer) {
    JsonNode body = object(answer);
    JsonNode status = body.get("status");
    if (status == null || !status.isTextual()) {
      throw errors.malformed(answer, "an answer about a result without a status");
    }
    JsonNode result = body.get("result");
    return new StoredResult(
        key,
        AnswerFields.word(status.textValue()),
        result == null || result.isNull() ? null : result.toString(),
        text(body, "error_code"),
        AnswerFields.instant(text(body, "done_at")));
  }

  Account account(Answer answer) {
    JsonNode body = object(answer);
    return new Account(text(body, "plan"), map(body));
  }

  Usage usage(Answer answer) {
    JsonNode body = object(answer);
    Function<String, @Nullable Long> number =
        name -> body.path(name).isNumber() ? body.path(name).longValue() : null;
    return new Usage(
        text(body, "plan"),
        text(body, "month"),
        number.apply("usage"),
        number.apply("limit"),
        number.apply("requests_total_month"),
        number.apply("blocked_total_month"));
  }

  Map<String, Object> fields(Answer answer) {
    return map(object(answer));
  }

  /** An array of objects, or the one array of an object: the form is not documented. */
  List<Map<String, Object>> rows(Answer answer) {
    JsonNode body = json(answer);
    JsonNode rows = body;
    if (body.isObject()) {
      for (JsonNode field : body) {
        if (field.isArray()) {
          rows = field;
          break;
        }
      }
    }
    if (!rows.isArray()) {
      throw errors.malformed(answer, "an answer without a list");
    }
    for (JsonNode row : rows) {
      if (!row.isObject()) {
        throw errors.malformed(answer, "an answer whose list holds other things than objects");
      }
    }
    return Json.MAPPER.convertValue(rows, LIST);
  }

  private JsonNode object(Answer answer) {
    JsonNode body = json(answer);
    if (!body.isObject()) {
      throw errors.malformed(answer, "an answer that is no JSON object");
    }
    return body;
  }

  private JsonNode json(Answer answer) {
    if (answer.status() != 200) {
      throw errors.of(answer);
    }
    JsonNode body = Json.tree(answer.bytes());
    if (body == null) {
      throw errors.malformed(answer, "an answer that is no JSON");
    }
    return body;
  }

  private static Map<String, Object> map(JsonNode body) {
    return Json.MAPPER.convertValue(body, MAP);
  }

  private static @Nullable String text(JsonNode body, String name) {
    JsonNode value = body.get(name);
    return value != null && value.isTextual() ? value.textValue() : null;
  }
}
