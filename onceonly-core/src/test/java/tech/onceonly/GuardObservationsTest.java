package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tech.onceonly.metrics.OnceOnlyObservations;

/** What a guard asks, as observations. */
class GuardObservationsTest {

  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final Duration BUDGET = Duration.ofSeconds(1);

  private final ManualScheduler time = new ManualScheduler();
  private final FakeClaimService service = new FakeClaimService(time::now);
  private final ObservationRegistry registry = ObservationRegistry.create();
  private final List<Observation.Context> ended = new ArrayList<>();
  private final DeliveryGuard guard =
      new DeliveryGuard(
          service,
          GuardOptions.builder(new KeyScheme("g", "1", List.of(KeySources.position())))
              .events(
                  GuardEvents.all(
                      new GuardCounters(), OnceOnlyObservations.of(registry, "billing")))
              .nanoTime(time::now)
              .build(),
          time);

  @AfterEach
  void close() {
    guard.close();
    time.shutdownNow();
  }

  @Test
  void aQuestionIsOneObservationUntilItsLastAnswer() {
    listen();
    service.slow = true;
    Observation container = Observation.start("container", registry);
    try (Observation.Scope ignored = container.openScope()) {
      assertThat(guard.decideAll(deliveries("0/1", "0/2", "0/2"), BUDGET)).hasSize(3);
    }
    service.answerNext();
    assertThat(ended).isEmpty();
    service.answerNext();

    // The third waits for the second, which is ours to settle: it is held.
    assertThat(ended).hasSize(1);
    Observation.Context context = ended.get(0);
    assertThat(context.getName()).isEqualTo("onceonly.claim");
    assertThat(context.getContextualName()).isEqualTo("claim orders");
    assertThat(context.getParentObservation()).isSameAs(container);
    assertThat(low(context))
        .isEqualTo(Map.of("group", "billing", "destination", "orders", "decision", "several"));
    assertThat(context.getHighCardinalityKeyValues()).isEqualTo(KeyValues.of("deliveries", "3"));
    assertThat(context.getError()).isNull();
  }

  @Test
  void aRefusalIsTheObservationsError() {
    listen();
    IllegalStateException refused = new IllegalStateException("402");
    service.claimAnswer = new ClaimAnswer.Refused(refused);
    assertThat(guard.decide(TestDelivery.at("0/1"), BUDGET)).isCompleted();
    assertThat(low(ended.get(0))).containsEntry("decision", "refuse");
    assertThat(ended.get(0).getError()).isSameAs(refused);
  }

  @Test
  void destinationsAreBoundedAndSeveralAreSaidToBe() {
    listen();
    GuardEvents observations = OnceOnlyObservations.of(registry, "billing");
    for (int i = 0; i < 102; i++) {
      observations
          .asks(List.of(new TestDelivery("t" + i, null, Map.of())))
          .decided(List.of(new Decision.Skip(Decision.SkipReason.DUPLICATE, null, false)));
    }
    assertThat(low(ended.get(99))).containsEntry("destination", "t99");
    assertThat(low(ended.get(101))).containsEntry("destination", "other");
    observations
        .asks(List.of(TestDelivery.at("0/1"), new TestDelivery("refunds", null, Map.of())))
        .decided(List.of());
    assertThat(low(ended.get(102))).containsEntry("destination", "several");
  }

  @Test
  void whereNobodyListensThereIsNone() {
    assertThat(GuardEvents.NONE.asks(deliveries("0/1"))).isSameAs(GuardEvents.Asked.NOBODY);
    assertThat(GuardEvents.all(new GuardCounters()).asks(deliveries("0/1")))
        .isSameAs(GuardEvents.Asked.NOBODY);
    // A registry without handlers is noop.
    assertThat(OnceOnlyObservations.of(registry, "billing").asks(deliveries("0/1")))
        .isSameAs(GuardEvents.Asked.NOBODY);
  }

  @Test
  void thePageHasItsKeys() throws IOException {
    listen();
    Map<String, TreeSet<String>> keys = new TreeMap<>();
    List<Decision> each =
        List.of(
            new Decision.Process(
                new Claim(
                    new Question(
                        TestDelivery.at("0/1"), IdempotencyKey.of("k"), null, new Poll(0, 0)),
                    null)),
            new Decision.ProcessUnprotected(Decision.UnprotectedReason.OUTAGE, null, null),
            new Decision.Skip(Decision.SkipReason.DUPLICATE, null, false),
            new Decision.Hold(Decision.HoldReason.OUTAGE, BUDGET),
            new Decision.Refuse(new IllegalStateException()));
    GuardEvents observations = OnceOnlyObservations.of(registry, "billing");
    for (List<Decision> decisions :
        Stream.concat(each.stream().map(List::of), Stream.of(each)).toList()) {
      observations.asks(deliveries("0/1")).decided(decisions);
    }
    for (Observation.Context context : ended) {
      low(context)
          .forEach((key, value) -> keys.computeIfAbsent(key, k -> new TreeSet<>()).add(value));
    }
    String row =
        "| `onceonly.claim` | `decision`: "
            + String.join(", ", keys.get("decision"))
            + "; "
            + keys.keySet().stream()
                .filter(key -> !key.equals("decision"))
                .map(key -> "`" + key + "`")
                .collect(Collectors.joining("; "))
            + " | "
            + ended.get(0).getHighCardinalityKeyValues().stream()
                .map(pair -> "`" + pair.getKey() + "`")
                .collect(Collectors.joining("; "))
            + " |\n";
    assertThat(Files.readString(PAGE)).contains(row);
  }

  private void listen() {
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<>() {
              @Override
              public void onStop(Observation.Context context) {
                ended.add(context);
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
  }

  private static List<TestDelivery> deliveries(String... positions) {
    return Stream.of(positions).map(TestDelivery::at).toList();
  }

  private static Map<String, String> low(Observation.Context context) {
    return context.getLowCardinalityKeyValues().stream()
        .collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));
  }
}
