package tech.onceonly.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads answers that are errors. */
final class Errors {

  private static final int MAX_TEXT = 500;
  private static final Pattern SECONDS = Pattern.compile("\\d{1,15}(\\.\\d{1,9})?");

  private final String apiKey;
  private final Duration maxRetryAfter;

  Errors(String apiKey, Duration maxRetryAfter) {
    this.apiKey = apiKey;
    this.maxRetryAfter = maxRetryAfter;
  }

  /** The exception for a status that is no success. */
  OnceOnlyException of(Answer answer) {
    int status = answer.status();
    JsonNode body = Json.tree(answer.bytes());
    JsonNode detail = body == null ? null : body.get("detail");
    String message = text(detail, status);
    OnceOnlyException error =
        switch (status) {
          case 401 -> new UnauthorizedException(message);
          case 402 -> overLimit(message, detail);
          case 403 ->
              isFeature(detail)
                  ? new ApiException(status, message, shown(detail))
                  : new UnauthorizedException(message);
          case 422 -> new ValidationException(message);
          case 429 -> new RateLimitException(message, retryAfter(answer));
          default -> new ApiException(status, message, shown(detail));
        };
    error.requestId(answer.requestId());
    return error;
  }

  /** Whether a conflict says that the claim is another's. */
  OnceOnlyException ofSettling(Answer answer) {
    if (answer.status() == 409) {
      JsonNode body = Json.tree(answer.bytes());
      LeaseLostException lost =
          new LeaseLostException(text(body == null ? null : body.get("detail"), 409));
      lost.requestId(answer.requestId());
      return lost;
    }
    return of(answer);
  }

  MalformedAnswerException malformed(Answer answer, String why) {
    MalformedAnswerException error = new MalformedAnswerException(why);
    error.requestId(answer.requestId());
    return error;
  }

  private static boolean isFeature(@Nullable JsonNode detail) {
    String error = detail == null ? "" : detail.path("error").asText("");
    return error.equals("feature_not_available")
        || error.equals("plan_limit")
        || error.equals("admin_required");
  }

  private static OverLimitException overLimit(String message, @Nullable JsonNode detail) {
    return new OverLimitException(
        message,
        stringAt(detail, "plan"),
        longAt(detail, "limit"),
        longAt(detail, "usage"),
        stringAt(detail, "upgrade_url"));
  }

  private @Nullable Duration retryAfter(Answer answer) {
    String header = answer.headers().get(HttpHeaders.RETRY_AFTER);
    if (header == null || !SECONDS.matcher(header.strip()).matches()) {
      return null;
    }
    Duration asked = AnswerFields.seconds(Double.valueOf(header.strip()));
    return asked != null && asked.compareTo(maxRetryAfter) > 0 ? maxRetryAfter : asked;
  }

  private String text(@Nullable JsonNode detail, int status) {
    String found = null;
    if (detail != null && detail.isObject()) {
      found = stringAt(detail, "error");
      if (found == null) {
        found = stringAt(detail, "message");
      }
    } else if (detail != null && detail.isTextual()) {
      found = detail.textValue();
    } else if (detail != null && detail.isArray()) {
      List<String> messages = new ArrayList<>();
      detail.forEach(
          item -> {
            String message = stringAt(item, "msg");
            if (message != null) {
              messages.add(message);
            }
          });
      found = String.join("; ", messages);
    }
    return found == null || found.isBlank() ? "the API answered with HTTP " + status : safe(found);
  }

  private @Nullable String shown(@Nullable JsonNode detail) {
    return detail == null ? null : safe(detail.toString());
  }

  /** Of bounded length, and without the API key, should the server repeat it. */
  private String safe(String text) {
    String shown = text.replace(apiKey, "***");
    return shown.length() <= MAX_TEXT ? shown : shown.substring(0, MAX_TEXT) + "…";
  }

  private static @Nullable String stringAt(@Nullable JsonNode node, String name) {
    JsonNode value = node == null ? null : node.get(name);
    return value != null && value.isTextual() && !value.textValue().isBlank()
        ? value.textValue()
        : null;
  }

  private static @Nullable Long longAt(@Nullable JsonNode node, String name) {
    JsonNode value = node == null ? null : node.get(name);
    return value != null && value.isNumber() ? value.longValue() : null;
  }
}
