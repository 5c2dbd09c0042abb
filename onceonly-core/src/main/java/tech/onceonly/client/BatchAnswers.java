package tech.onceonly.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the answer of a batch: of each part what it would have been alone, its body unread. */
final class BatchAnswers {

  /** A check-lock's short answer. */
  private record Verdict(
      String word, @Nullable Double ttl, @Nullable String firstSeenAt, boolean mismatch) {}

  private final MultiMap none = MultiMap.caseInsensitiveMultiMap();

  private final byte[] bytes;
  private final JsonParser in;

  /** What was read last, and what that is as an answer: most of a batch are alike. */
  private @Nullable Verdict recent;

  private @Nullable Answer recentAnswer;

  private BatchAnswers(byte[] bytes, JsonParser in) {
    this.bytes = bytes;
    this.in = in;
  }

  /** Null where it can't be read. */
  static @Nullable List<Answer> read(byte[] bytes) {
    try (JsonParser in = Json.FACTORY.createParser(bytes)) {
      return new BatchAnswers(bytes, in).read();
    } catch (IOException e) {
      return null; // cut or no JSON at all: the caller's answer to that is the null
    }
  }

  private @Nullable List<Answer> read() throws IOException {
    if (in.nextToken() != JsonToken.START_OBJECT) {
      return null;
    }
    List<Answer> answers = null;
    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
      JsonToken token = in.nextToken();
      if (name.equals("answers") && token == JsonToken.START_ARRAY) {
        answers = answers();
        if (answers == null) {
          return null;
        }
      } else {
        in.skipChildren();
      }
    }
    return in.nextToken() == null ? answers : null;
  }

  private @Nullable List<Answer> answers() throws IOException {
    List<Answer> answers = new ArrayList<>();
    for (JsonToken token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) {
      Answer answer =
          token == JsonToken.START_ARRAY
              ? verdict()
              : token == JsonToken.START_OBJECT ? whole() : null;
      if (answer == null) {
        return null;
      }
      answers.add(answer);
    }
    return answers;
  }

  /**
   * {@code ["locked", 60]}, {@code ["duplicate", 60, "2026-01-06T10:00:00Z"]}, and of the latter
   * with {@code "fingerprint_mismatch"} behind.
   */
  private @Nullable Answer verdict() throws IOException {
    if (in.nextToken() != JsonToken.VALUE_STRING) {
      return null;
    }
    String word = in.getText();
    Double ttl = null;
    String firstSeenAt = null;
    boolean mismatch = false;
    int index = 0;
    for (JsonToken token = in.nextToken();
        token != JsonToken.END_ARRAY;
        token = in.nextToken(), index++) {
      if (index == 0) {
        ttl = Json.number(in);
      } else if (index == 1) {
        firstSeenAt = Json.text(in);
      } else {
        mismatch |= "fingerprint_mismatch".equals(Json.text(in));
      }
    }
    return answer(new Verdict(word, ttl, firstSeenAt, mismatch));
  }

  private Answer answer(Verdict verdict) {
    Answer answer = recentAnswer;
    if (answer == null || !verdict.equals(recent)) {
      AnswerFields fields =
          AnswerFields.verdict(verdict.word, verdict.ttl, verdict.firstSeenAt, verdict.mismatch);
      answer = new Answer(200, none, null, fields);
      recent = verdict;
      recentAnswer = answer;
    }
    return answer;
  }

  private @Nullable Answer whole() throws IOException {
    int status = 0;
    MultiMap headers = none;
    Buffer body = null;
    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
      JsonToken token = in.nextToken();
      if (name.equals("status") && token == JsonToken.VALUE_NUMBER_INT) {
        status = in.getIntValue();
      } else if (name.equals("headers") && token == JsonToken.START_OBJECT) {
        headers = headers();
      } else if (name.equals("body") && token.isStructStart()) {
        int start = (int) in.currentTokenLocation().getByteOffset();
        in.skipChildren();
        int end = (int) in.currentLocation().getByteOffset();
        body = Buffer.buffer(Arrays.copyOfRange(bytes, start, end));
      } else {
        in.skipChildren();
      }
    }
    return status == 0 ? null : new Answer(status, headers, body);
  }

  private MultiMap headers() throws IOException {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
      in.nextToken();
      String value = Json.text(in);
      if (value != null) {
        headers.set(name, value);
      }
    }
    return headers;
  }
}
