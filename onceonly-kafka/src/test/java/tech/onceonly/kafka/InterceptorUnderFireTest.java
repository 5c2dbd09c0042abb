package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tech.onceonly.kafka.InterceptorFixture.P0;
import static tech.onceonly.kafka.InterceptorFixture.P1;
import static tech.onceonly.kafka.InterceptorFixture.record;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.onceonly.ClaimAnswer;
import tech.onceonly.Delivery;
import tech.onceonly.KeySource;
import tech.onceonly.OutageReason;

/** Refusals, rate limits, outages, interrupts and faults. */
@Timeout(60)
class InterceptorUnderFireTest {

  private static final ClaimAnswer REFUSED =
      new ClaimAnswer.Refused(new IllegalStateException("401: Invalid API key"));
  private static final ClaimAnswer LOCKED = new ClaimAnswer.Locked("r1", Duration.ofHours(1));
  private static final ClaimAnswer DOWN =
      new ClaimAnswer.Unavailable(OutageReason.TIMEOUT, true, "r0", "down");

  private final InterceptorFixture fixture = new InterceptorFixture();

  @AfterEach
  void close() {
    Thread.interrupted();
    fixture.interceptor.close();
  }

  @Test
  void a_refusal_stops_the_poll_until_it_is_mended_and_loses_nothing() {
    fixture.start();
    fixture.claims.always = REFUSED;
    fixture.inPause =
        pause -> {
          if (pause == 4) {
            fixture.claims.always = null;
          }
        };

    assertThat(fixture.poll(record(P0, 0), record(P0, 1), record(P1, 0)))
        .containsExactly("0/0", "0/1", "1/0");
    assertThat(fixture.pauses)
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8));
    assertThat(fixture.counted("decision.process")).isEqualTo(3);
  }

  @Test
  void while_it_stands_still_only_the_first_record_is_asked_for() {
    fixture.start();
    fixture.claims.always = REFUSED;
    fixture.inPause =
        pause -> {
          if (pause == 3) {
            fixture.claims.always = null;
          }
        };

    fixture.poll(record(P0, 0), record(P0, 1), record(P0, 2));

    // All, then twice the first, then the first and the two others.
    assertThat(fixture.claims.asked).hasSize(3 + 2 + 3);
  }

  @Test
  void a_standstill_is_said_when_it_begins_every_half_minute_and_when_it_ends() {
    fixture.with("onceonly.max.hold.ms", "10000").start();
    fixture.claims.always = REFUSED;
    fixture.inPause =
        pause -> {
          if (fixture.nanos.get() > Duration.ofSeconds(70).toNanos()) {
            fixture.claims.always = null;
          }
        };
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      fixture.poll(record(P0, 0));
    } finally {
      System.setErr(before);
    }

    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(text.split("stands still", -1)).hasSize(3 + 1);
    assertThat(text.split("handed over again", -1)).hasSize(1 + 1);
    assertThat(text).contains("401: Invalid API key");
  }

  @Test
  void claims_that_nobody_commits_are_forgotten_after_their_ttl_and_protection_goes_on() {
    fixture.with("onceonly.max.unsettled", "10").with("max.poll.records", "5");
    fixture.with("onceonly.ttl.seconds", "60").with("onceonly.finished.cache.size", "0").start();
    for (int offset = 0; offset < 10; offset++) {
      fixture.poll(record(P0, offset));
    }
    fixture.poll(record(P1, 0));
    assertThat(fixture.counted("decision.unprotected.too_many_unsettled")).isEqualTo(1);

    fixture.nanos.addAndGet(Duration.ofSeconds(61).toNanos());
    fixture.poll(record(P0, 9));
    fixture.poll(record(P1, 1), record(P1, 2));

    assertThat(fixture.counted("decision.unprotected.too_many_unsettled")).isEqualTo(1);
  }

  @Test
  void the_pauses_are_capped() {
    fixture.with("onceonly.max.hold.ms", "5000").start();
    fixture.claims.always = REFUSED;
    fixture.inPause =
        pause -> {
          if (pause == 5) {
            fixture.claims.always = null;
          }
        };

    fixture.poll(record(P0, 0));

    assertThat(fixture.pauses.get(4)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void what_was_won_before_the_refusal_is_handed_over_with_the_rest() {
    fixture.start();
    fixture.claims.next.add(new ClaimAnswer.Locked("r9", null));
    fixture.claims.next.add(REFUSED);

    assertThat(fixture.poll(record(P0, 0, "a"), record(P0, 1, "b"), record(P0, 2, "a")))
        .containsExactly("0/0", "0/1");
  }

  @Test
  void equal_keys_behind_a_refusal_are_still_handed_over_once() {
    fixture.start();
    fixture.claims.next.add(REFUSED);

    // Whichever won it.
    assertThat(fixture.poll(record(P0, 0, "a"), record(P0, 1, "a"))).hasSize(1);
  }

  @Test
  void an_interrupt_does_not_end_the_standstill_and_is_not_lost() {
    fixture.start();
    fixture.claims.always = REFUSED;
    fixture.inPause =
        pause -> {
          if (pause == 1) {
            throw new InterruptedException();
          }
          fixture.claims.always = null;
        };

    assertThat(fixture.poll(record(P0, 0))).containsExactly("0/0");
    assertThat(fixture.pauses).hasSize(2);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void a_thread_that_is_interrupted_already_is_decided_all_the_same() {
    fixture.start();
    fixture.poll(record(P0, 0, "a"));
    Thread.currentThread().interrupt();

    assertThat(fixture.poll(record(P0, 1, "a"), record(P0, 2))).containsExactly("0/2");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void a_rate_limit_waits_as_long_as_it_says() {
    fixture.start();
    fixture.claims.next.add(new ClaimAnswer.Throttled(Duration.ofSeconds(7)));

    assertThat(fixture.poll(record(P0, 0), record(P0, 1))).hasSize(2);
    assertThat(fixture.pauses).containsExactly(Duration.ofSeconds(7));
    assertThat(fixture.counted("decision.hold.rate_limited")).isEqualTo(2);
  }

  @Test
  void in_an_outage_records_are_delivered_and_counted() {
    fixture.start();
    fixture.claims.always = DOWN;

    assertThat(fixture.poll(record(P0, 0), record(P0, 1))).hasSize(2);
    assertThat(fixture.counted("decision.unprotected.outage")).isEqualTo(2);
    assertThat(fixture.pauses).isEmpty();
  }

  @Test
  void in_an_outage_without_fail_open_the_poll_waits() {
    fixture.with("onceonly.fail.open", "false").start();
    fixture.claims.always = DOWN;
    fixture.inPause = pause -> fixture.claims.always = null;

    assertThat(fixture.poll(record(P0, 0), record(P0, 1))).hasSize(2);
    assertThat(fixture.pauses).containsExactly(Duration.ofSeconds(1));
    assertThat(fixture.counted("decision.process")).isEqualTo(2);
  }

  @Test
  void a_service_that_breaks_its_word_and_never_answers_costs_the_budget_and_a_second() {
    fixture.with("onceonly.poll.budget.ms", "100").start();
    fixture.claims.silent = true;
    long began = System.nanoTime();

    assertThat(fixture.poll(record(P0, 0), record(P0, 1))).hasSize(2);

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(100), Duration.ofSeconds(10));
    assertThat(fixture.interceptor.faults()).isEqualTo(2);
  }

  @Test
  void what_is_answered_too_late_for_its_poll_is_settled_by_its_commit() {
    fixture.with("onceonly.poll.budget.ms", "100").start();
    fixture.claims.silent = true;
    assertThat(fixture.poll(record(P0, 0), record(P0, 1))).hasSize(2);

    fixture.claims.unanswered.forEach(answer -> answer.complete(LOCKED));
    fixture.commit(P0, 2);

    assertThat(fixture.counted("settled.succeeded")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0 1 2", "2 1 0", "1 2 0", "2 0 1"})
  void a_poll_waits_for_each_of_its_answers_in_whichever_order_they_come(String order)
      throws InterruptedException {
    fixture.start();
    fixture.claims.silent = true;
    List<String> polled = new CopyOnWriteArrayList<>();
    Thread polling =
        new Thread(() -> polled.addAll(fixture.poll(record(P0, 0), record(P0, 1), record(P0, 2))));
    polling.start();
    await().until(() -> fixture.claims.unanswered.size() == 3);

    for (String next : order.split(" ")) {
      polling.join(50);
      assertThat(polling.isAlive()).isTrue();
      fixture.claims.unanswered.get(Integer.parseInt(next)).complete(LOCKED);
    }
    polling.join();

    assertThat(polled).containsExactly("0/0", "0/1", "0/2");
    assertThat(fixture.interceptor.faults()).isZero();
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS)
  void a_service_that_throws_is_an_outage() {
    fixture.start();
    fixture.claims.bug = new IllegalStateException("a bug");

    assertThat(fixture.poll(record(P0, 0))).hasSize(1);
    assertThat(fixture.counted("decision.unprotected.outage")).isEqualTo(1);
  }

  @Test
  void a_fault_of_our_own_delivers_the_poll_and_is_counted() {
    fixture.start();
    AtomicBoolean isPolled = new AtomicBoolean();
    ConsumerRecord<String, String> broken =
        new ConsumerRecord<>(P0.topic(), 0, 5, "key", "broken") {
          @Override
          public String topic() {
            if (isPolled.get()) {
              throw new NoClassDefFoundError("a jar that was put together wrong");
            }
            return super.topic();
          }
        };
    ConsumerRecords<String, String> records = InterceptorFixture.polled(record(P0, 4), broken);
    isPolled.set(true);

    assertThat(InterceptorFixture.values(fixture.interceptor.onConsume(records)))
        .containsExactly("0/4", "broken");
    assertThat(fixture.interceptor.faults()).isEqualTo(1);
  }

  /** After an Error that escapes, Kafka commits past what nobody was handed. */
  @ParameterizedTest
  @ValueSource(classes = {Unloadable.class, Exhausted.class})
  void a_key_source_that_throws_an_error_loses_no_record(Class<?> source) {
    fixture.with("onceonly.key", source.getName() + ",offset").start();

    assertThat(fixture.poll(record(P0, 0), record(P0, 1))).containsExactly("0/0", "0/1");
    boolean isItsOwnFault = source == Unloadable.class;
    assertThat(fixture.counted("decision.process")).isEqualTo(isItsOwnFault ? 2 : 0);
    assertThat(fixture.interceptor.faults()).isEqualTo(isItsOwnFault ? 0 : 1);
  }

  @Test
  void a_record_without_a_key_that_must_have_one_stops_the_poll() {
    fixture.with("onceonly.key", "header:Idempotency-Key").with("onceonly.no.key", "refuse");
    fixture.start();
    fixture.inPause =
        pause -> {
          if (pause == 3) {
            throw new EndOfTest();
          }
        };

    // As whatever goes wrong in the interceptor itself, it is handed over.
    assertThat(fixture.poll(record(P0, 0))).containsExactly("0/0");
    assertThat(fixture.interceptor.faults()).isEqualTo(1);
    assertThat(fixture.counted("decision.refuse")).isEqualTo(3);
  }

  /** A source of which a jar is missing. */
  public static final class Unloadable implements KeySource {
    @Override
    public String keyOf(Delivery delivery) {
      throw new NoClassDefFoundError("missing");
    }
  }

  /** A source that the process has no memory for. */
  public static final class Exhausted implements KeySource {
    @Override
    public String keyOf(Delivery delivery) {
      throw new OutOfMemoryError("no memory");
    }
  }

  /** Leaves a standstill that nothing mends. */
  private static final class EndOfTest extends Error {
    private static final long serialVersionUID = 1L;
  }
}
