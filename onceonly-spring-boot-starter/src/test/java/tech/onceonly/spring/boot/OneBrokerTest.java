package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tech.onceonly.server.junit.OnceOnlyServerExtension;
import tech.onceonly.spring.Idempotent;

/**
 * On the class path of an application that has one broker's client alone: the build runs it for
 * each. It names no class of either.
 */
@Tag("one-broker")
class OneBrokerTest {

  @RegisterExtension static final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  @Test
  void anApplicationWithOneBrokerIsNotBotheredByTheOther() {
    String present = System.getProperty("present");
    String absent = System.getProperty("absent");
    Contexts.at(server)
        .withBean(Billing.class)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context).hasBean(present).doesNotHaveBean(absent);
              assertThat(context).hasBean("onceOnlyHealthIndicator");
              Billing billing = context.getBean(Billing.class);
              billing.charge("p-1");
              billing.charge("p-1");
              assertThat(billing.charged()).containsExactly("p-1");
            });
  }

  static class Billing {

    private final List<String> charged = new ArrayList<>();

    @Idempotent(key = "#payment")
    public void charge(String payment) {
      charged.add(payment);
    }

    public List<String> charged() {
      return charged;
    }
  }
}
