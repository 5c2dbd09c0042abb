package tech.onceonly.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** States as the format of disk has them: what was written before fingerprints is read as ever. */
class StoredStateTest {
  private static final String CLAIM = "0000019b92c1a400000000000000003c000000016100";
  private static final String LEASE =
      "030000000000000002000000000000003c0000019b92c1a4000000019b92c1a7e8000000016c"
          + "0000000168ffffffff00000000027b7d";
  private static final long NOW = 0x19b92c1a400L;
  private static final Fingerprint ONE = new Fingerprint(1);
  private static final Fingerprint TWO = new Fingerprint(2);

  @Test
  void aClaimWithoutOneIsWrittenAsBeforeThereWereAny() {
    assertThat(written(Claim.won(null, "a", 60, null, NOW))).isEqualTo(CLAIM);
    assertThat(read(CLAIM).answerTo("b", ONE, NOW))
        .isEqualTo(new CheckLockAnswer(CheckLockAnswer.Verdict.DUPLICATE, 60, NOW, false));
  }

  @Test
  void aClaimWithOneTakesEightBytesMoreAndKeepsIt() {
    String stored = written(Claim.won(null, "a", 60, ONE, NOW));
    assertThat(stored).isEqualTo(CLAIM + "0000000000000001");
    assertThat(read(stored).answerTo("b", TWO, NOW).fingerprintMismatch()).isTrue();
    assertThat(read(stored).answerTo("b", ONE, NOW).fingerprintMismatch()).isFalse();
  }

  @Test
  void aLeaseDoesTheSame() {
    assertThat(written(completed(null))).isEqualTo(LEASE);
    assertThat(mismatches(LEASE, ONE)).isFalse();
    String stored = written(completed(ONE));
    assertThat(stored).isEqualTo(LEASE + "0000000000000001");
    assertThat(mismatches(stored, TWO)).isTrue();
    assertThat(mismatches(stored, ONE)).isFalse();
  }

  private static Lease completed(Fingerprint fingerprint) {
    return Lease.first("k", 60, null, NOW)
        .next("l", 60, fingerprint, NOW)
        .completed(new ResultJson(new byte[] {'{', '}'}), false, "h", NOW + 1000);
  }

  private static boolean mismatches(String hex, Fingerprint other) {
    Lease lease = Lease.readFrom(new StateReader(HexFormat.of().parseHex(hex)));
    LeaseAnswer.Taken answer = (LeaseAnswer.Taken) lease.answerTo(other, NOW + 1000);
    assertThat(answer.view().resultHash()).isEqualTo("h");
    return answer.fingerprintMismatch();
  }

  private static Claim read(String hex) {
    return Claim.readFrom(new StateReader(HexFormat.of().parseHex(hex)));
  }

  private static String written(Claim claim) {
    StateWriter out = new StateWriter();
    claim.writeTo(out);
    return HexFormat.of().formatHex(out.written());
  }

  private static String written(Lease lease) {
    StateWriter out = new StateWriter();
    lease.writeTo(out);
    return HexFormat.of().formatHex(out.written());
  }
}
