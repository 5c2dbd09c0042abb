package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tech.onceonly.Claim;
import tech.onceonly.Decision.Process;
import tech.onceonly.Mode;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** Two runs under one claim, the second of which was begun before the first was settled. */
class InHandTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final InHand inHand = new InHand();
  private final Thread elsewhere = new Thread(() -> {});

  @Test
  void whoWaitsForTheFormerRunDoesNotWaitForEver() {
    Claim claim = claim();
    inHand.add(new Process(claim), elsewhere);
    List<CompletionStage<Void>> former = List.of(inHand.allReturned(), inHand.allSettled());

    inHand.add(new Process(claim), elsewhere);

    assertThat(former).allSatisfy(each -> assertThat(each).isCompleted());
  }

  @Test
  void theRunThatWasBegunAnewIsWaitedFor() {
    Claim claim = claim();
    inHand.add(new Process(claim), elsewhere);
    Process anew = new Process(claim);
    inHand.add(anew, elsewhere);
    CompletionStage<Void> returned = inHand.allReturned();
    CompletionStage<Void> settled = inHand.allSettled();

    inHand.returned(anew);
    assertThat(returned).isCompleted();
    assertThat(settled).isNotDone();
    inHand.settled(anew);
    assertThat(settled).isCompleted();
  }

  private static Claim claim() {
    JmsFixture fixture = new JmsFixture(server);
    try (JmsGuard guard =
        JmsGuard.open(fixture.options(Acknowledgement.TRANSACTED, Mode.LEASE).build())) {
      Process decided = (Process) guard.decide(TestMessage.withKey("p-1").message());
      return decided.claim();
    }
  }
}
