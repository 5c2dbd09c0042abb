package tech.onceonly.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchAnswersTest {

  @Test
  void verdictsThatAreAlikeAndThoseThatAreNotAreReadForWhatTheyAre() {
    List<String> verdicts =
        List.of(
            "[\"locked\",60]",
            "[\"locked\",60]",
            "[\"locked\",61]",
            "[\"locked\"]",
            "[\"duplicate\",60,\"2026-01-06T10:00:00Z\"]",
            "[\"duplicate\",60,\"2026-01-06T10:00:00Z\",\"fingerprint_mismatch\"]",
            "[\"duplicate\",60,\"2026-01-06T10:00:01Z\"]",
            "[\"locked\",60]");

    List<Answer> answers =
        BatchAnswers.read(
            ("{\"answers\":[" + String.join(",", verdicts) + "]}")
                .getBytes(StandardCharsets.UTF_8));

    assertThat(answers)
        .extracting(answer -> told(answer.fields()))
        .containsExactly(
            "locked PT1M null false",
            "locked PT1M null false",
            "locked PT1M1S null false",
            "locked null null false",
            "duplicate PT1M 2026-01-06T10:00:00Z false",
            "duplicate PT1M 2026-01-06T10:00:00Z true",
            "duplicate PT1M 2026-01-06T10:00:01Z false",
            "locked PT1M null false");
  }

  private static String told(AnswerFields fields) {
    return fields.status()
        + " "
        + fields.ttl()
        + " "
        + fields.firstSeenAt()
        + " "
        + fields.fingerprintMismatch();
  }
}
