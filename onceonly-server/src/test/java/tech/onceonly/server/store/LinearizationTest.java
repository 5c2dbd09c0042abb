package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.StoreStep.cancel;
import static tech.onceonly.server.store.StoreStep.checkLock;
import static tech.onceonly.server.store.StoreStep.complete;
import static tech.onceonly.server.store.StoreStep.extend;
import static tech.onceonly.server.store.StoreStep.find;
import static tech.onceonly.server.store.StoreStep.lease;
import static tech.onceonly.server.store.StoreStep.release;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Histories by hand: what the search must find, and what it must not. */
class LinearizationTest {
  private static final StoreStep CLAIM_BY_A = checkLock("k", "a", null, 60);
  private static final StoreStep CLAIM_BY_B = checkLock("k", "b", null, 60);
  private static final long NEVER = History.NEVER;

  private final List<History.Call> calls = new ArrayList<>();

  @Test
  void ofTwoAtOnceEitherMayBeTheFirst() {
    call(CLAIM_BY_A, 0, 3, "DUPLICATE");
    call(CLAIM_BY_B, 1, 2, "LOCKED");
    assertAccepted();
  }

  @Test
  void whoWasAnsweredBeforeAnotherAskedCameBefore() {
    call(CLAIM_BY_A, 0, 1, "DUPLICATE");
    call(CLAIM_BY_B, 2, 3, "LOCKED");
    assertRejected();
  }

  @Test
  void ofTwoAtOnceNotBothWin() {
    call(CLAIM_BY_A, 0, 3, "LOCKED");
    call(CLAIM_BY_B, 1, 2, "LOCKED");
    assertRejected();
  }

  @Test
  void whatIsTakenBackAfterwardsIsFoundInItsOneOrder() {
    call(CLAIM_BY_A, 0, 9, "LOCKED");
    call(release("k", "a"), 1, 8, "true");
    call(CLAIM_BY_B, 2, 7, "LOCKED");
    call(release("k", "b"), 3, 6, "true");
    call(checkLock("k", "c", null, 60), 4, 5, "LOCKED");
    assertAccepted();
  }

  @Test
  void aReleaseThatDidNothingIsSeen() {
    call(CLAIM_BY_A, 0, 1, "LOCKED");
    call(release("k", "a"), 2, 3, "true");
    call(CLAIM_BY_B, 4, 5, "DUPLICATE");
    assertRejected();
  }

  @Test
  void aVersionTwiceIsSeen() {
    call(lease("k", "a", null, 60), 0, 1, "acquired v1");
    call(cancel("k", "a"), 2, 3, "settled FREE v1");
    call(lease("k", "b", null, 60), 4, 5, "acquired v1");
    assertRejected();
  }

  @Test
  void anExtensionAfterACompletionIsSeen() {
    call(lease("k", "a", null, 60), 0, 1, "acquired v1");
    call(complete("k", "a"), 2, 5, "settled COMPLETED v1");
    call(extend("k", "a", 60), 3, 4, "settled IN_PROGRESS v1");
    assertAccepted();
    call(extend("k", "a", 60), 6, 7, "settled IN_PROGRESS v1");
    assertRejected();
  }

  @Test
  void timeCounts() {
    calls.add(new History.Call(CLAIM_BY_A, 0, 0, 1, "LOCKED"));
    calls.add(new History.Call(CLAIM_BY_B, 60_000, 2, 3, "LOCKED"));
    assertAccepted();
    calls.set(1, new History.Call(CLAIM_BY_B, 59_999, 2, 3, "LOCKED"));
    assertRejected();
  }

  @Test
  void whatGotNoAnswerMayHaveBeenCarriedOutOrNot() {
    call(CLAIM_BY_A, 0, NEVER, "");
    call(CLAIM_BY_B, 1, 2, "LOCKED");
    assertAccepted();
    calls.clear();
    call(CLAIM_BY_A, 0, NEVER, "");
    call(CLAIM_BY_B, 1, 2, "DUPLICATE");
    assertAccepted();
  }

  @Test
  void whatGotNoAnswerIsNotCarriedOutBeforeItWasAsked() {
    call(CLAIM_BY_B, 0, 1, "DUPLICATE");
    call(CLAIM_BY_A, 2, NEVER, "");
    assertRejected();
  }

  @Test
  void whatGotNoAnswerIsCarriedOutOnceAtMost() {
    call(CLAIM_BY_A, 0, NEVER, "");
    call(CLAIM_BY_B, 1, 2, "DUPLICATE");
    call(release("k", "a"), 3, 4, "true");
    call(checkLock("k", "c", null, 60), 5, 6, "LOCKED");
    assertAccepted();
    call(release("k", "a"), 7, 8, "true");
    assertRejected();
  }

  @Test
  void aHistoryThatIsTooTangledIsNotJudged() {
    for (int i = 0; i < 20; i++) {
      call(release("k", "r" + i), i, 100 + i, "false");
    }
    call(find("k"), 20, 99, "IN_PROGRESS");
    assertThatThrownBy(() -> new Linearization(calls).assertFound())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("too tangled");
  }

  private void call(StoreStep step, long askedAt, long answeredAt, String answer) {
    calls.add(new History.Call(step, 0, askedAt, answeredAt, answer));
  }

  private void assertAccepted() {
    new Linearization(calls).assertFound();
  }

  private void assertRejected() {
    assertThatThrownBy(() -> new Linearization(calls).assertFound())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("No order of these calls");
  }
}
