package tech.onceonly.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads the verdicts of check-lock and lease. */
final class ClaimAnswers {

  private final Errors errors;

  ClaimAnswers(Errors errors) {
    this.errors = errors;
  }

  /**
   * The verdict is the body's {@code status}, else the header's, else the body's {@code success}. A
   * word that is there but unknown is malformed, whatever else says.
   */
  CheckLockResult checkLock(KeyRequest asked, Answer answer, String sentRequestId) {
    if (answer.status() == 409) {
      return conflict(asked, answer, sentRequestId);
    }
    if (answer.status() != 200) {
      throw errors.of(answer);
    }
    AnswerFields fields = answer.fields();
    String word = fields == null ? null : fields.status();
    if (word == null) {
      String header = answer.statusWord();
      word = header == null || header.isBlank() ? null : AnswerFields.word(header);
    }
    if (word == null && fields != null && fields.success() != null) {
      word = fields.success() ? "locked" : AnswerFields.DUPLICATE;
    }
    if ("locked".equals(word)) {
      return new CheckLockResult.Locked(
          key(asked, fields), ttl(asked, fields), requestId(answer, sentRequestId));
    }
    if (AnswerFields.DUPLICATE.equals(word)) {
      return duplicate(asked, fields, answer, sentRequestId);
    }
    throw errors.malformed(
        answer,
        word == null
            ? "an answer to check-lock without a verdict: something else answered, not the API"
            : "an answer to check-lock with an unknown status word");
  }

  /** A gateway has conflicts of its own: to take those for duplicates would lose messages. */
  private CheckLockResult conflict(KeyRequest asked, Answer answer, String sentRequestId) {
    byte[] body = answer.bytes();
    AnswerFields fields = AnswerFields.readConflict(body);
    String header = answer.statusWord();
    boolean isDuplicate =
        header != null
            ? AnswerFields.word(header).equals(AnswerFields.DUPLICATE)
            : body.length == 0 || fields != null;
    if (!isDuplicate) {
      throw errors.malformed(
          answer,
          "a conflict that does not say that the key is a duplicate: something else answered, not"
              + " the API");
    }
    return duplicate(asked, fields, answer, sentRequestId);
  }

  LeaseResult lease(KeyRequest asked, Answer answer) {
    if (answer.status() != 200) {
      throw errors.of(answer);
    }
    AnswerFields fields = AnswerFields.read(answer.bytes());
    String word = fields == null ? null : fields.status();
    if (fields == null || word == null) {
      throw errors.malformed(answer, "an answer to a lease request without a status");
    }
    String key = key(asked, fields);
    return switch (word) {
      case "acquired" -> {
        String leaseId = fields.leaseId();
        if (leaseId == null || leaseId.isEmpty()) {
          throw errors.malformed(answer, "an acquired lease without a lease_id");
        }
        yield new LeaseResult.Acquired(key, leaseId, fields.version(), ttl(asked, fields));
      }
      case "polling", "in_progress" ->
          new LeaseResult.InProgress(
              key, fields.retryAfter(), fields.ttlLeft(), fields.fingerprintMismatch());
      case "completed" ->
          new LeaseResult.Completed(
              key, fields.doneAt(), fields.resultHash(), fields.fingerprintMismatch());
      case "failed" ->
          new LeaseResult.Failed(
              key, fields.doneAt(), fields.errorCode(), fields.fingerprintMismatch());
      default ->
          throw errors.malformed(answer, "an answer to a lease request with an unknown status");
    };
  }

  private static CheckLockResult duplicate(
      KeyRequest asked, @Nullable AnswerFields fields, Answer answer, String sentRequestId) {
    return new CheckLockResult.Duplicate(
        key(asked, fields),
        ttl(asked, fields),
        fields == null ? null : fields.firstSeenAt(),
        requestId(answer, sentRequestId),
        fields != null && fields.fingerprintMismatch());
  }

  private static String key(KeyRequest asked, @Nullable AnswerFields fields) {
    String told = fields == null ? null : fields.key();
    return told == null ? asked.key() : told;
  }

  private static @Nullable Duration ttl(KeyRequest asked, @Nullable AnswerFields fields) {
    Duration told = fields == null ? null : fields.ttl();
    return told == null ? asked.ttl() : told;
  }

  private static String requestId(Answer answer, String sentRequestId) {
    String told = answer.requestId();
    return told == null ? sentRequestId : told;
  }
}
