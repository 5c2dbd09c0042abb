package tech.onceonly.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tech.onceonly.Mode;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

class JmsOptionsTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private final JmsFixture fixture = new JmsFixture(server);

  @Test
  void whatHasNoDefaultIsAskedFor() {
    JmsOptions.Builder builder = JmsOptions.builder();
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessageStartingWith("scope must be set");
    builder.scope("shop");
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessageStartingWith("queue or topic must be set");
    builder.queue("payments");
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessageStartingWith("acknowledgement must be set");
    builder.acknowledgement(Acknowledgement.AUTO);
    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessageStartingWith("client must be set");
  }

  @Test
  void boundsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options().claimBudget(Duration.ZERO).build())
        .withMessageStartingWith("claimBudget");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options().maxWait(Duration.ofMillis(-1)).build())
        .withMessageStartingWith("maxWait");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options().maxHold(Duration.ZERO).build())
        .withMessageStartingWith("maxHold");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options().keys("header:Idempotency-Key").build())
        .withMessageContaining("property:NAME");
  }

  @Test
  void subscriptionsAreKeptApartAndMembersOfOneAreNot() {
    String audit = options().topic("prices", "audit").build().destination();

    assertThat(audit).isEqualTo("prices::audit");
    assertThat(options().topic("prices", "billing").build().destination()).isNotEqualTo(audit);
    assertThat(options().topic("prices", "audit").build().destination()).isEqualTo(audit);
    assertThat(options().queue("prices").build().destination()).isEqualTo("prices");
    assertThatIllegalArgumentException().isThrownBy(() -> options().topic("prices", ""));
    assertThatIllegalArgumentException().isThrownBy(() -> options().topic("a::b", "c"));
  }

  @Test
  void scopesAndDestinationsAreEffectsApart() {
    run(options());
    run(options());
    run(options().scope("warehouse"));
    run(options().queue("payments.dead"));
    run(options().topic("payments", "audit"));
    run(options().generation("2"));

    assertThat(fixture.ran).hasSize(5);
  }

  @Test
  void aKeyThatIsNotGoodIsKnownAtTheStart() {
    JmsOptions.Builder wrong =
        options()
            .client(
                ClientOptions.builder()
                    .baseUrl(server.baseUrl().toString())
                    .apiKey("once_wrong")
                    .build());

    assertThatThrownBy(() -> OnceOnlyJms.open(wrong.build()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("Invalid API key");
    run(wrong.enabled(false));
    assertThat(fixture.ran).as("the switch works all the same").hasSize(1);
    server.assertNoClaim();
  }

  @Test
  void itStartsWhereNobodyAnswers() {
    server.answer(503);
    run(options());

    assertThat(fixture.ran).hasSize(1);
    assertThat(fixture.counters.count("decision.unprotected.outage")).isEqualTo(1);
  }

  private void run(JmsOptions.Builder options) {
    try (OnceOnlyJms onceOnly = OnceOnlyJms.open(options.build())) {
      onceOnly.decorate(fixture::run).onMessage(TestMessage.withKey("p-1").message());
    }
  }

  private JmsOptions.Builder options() {
    return fixture.options(Acknowledgement.AUTO, Mode.CHECK_LOCK);
  }
}
