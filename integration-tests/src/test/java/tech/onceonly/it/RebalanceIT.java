package tech.onceonly.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import tech.onceonly.Mode;
import tech.onceonly.it.GroupMember.Step;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/**
 * Partitions that move in the middle of a batch, by every protocol and through every hook. Nobody
 * is killed: each key has its effect, and more than one only where that is said.
 */
@ExtendWith(WithBroker.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class) // what has short timeouts finds a warm JVM
class RebalanceIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The poll interval of a member that is to be thrown out. */
  private static final Duration STALL = Duration.ofSeconds(5);

  /** They wait for most of their time. */
  private static final int AT_ONCE = 10;

  private static OnceOnlyServer server;
  private static ExecutorService pool;

  @BeforeAll
  static void start() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(LoopSettings.API_KEY).build());
    pool = Executors.newFixedThreadPool(AT_ONCE);
  }

  @AfterAll
  static void stop() {
    pool.shutdownNow();
    server.close();
  }

  /** What one member does to its group. */
  @FunctionalInterface
  private interface Scene {
    void play(Cell cell);
  }

  @TestFactory
  @Order(0)
  Stream<DynamicTest> closedInTheMiddleOfItsBatch(KafkaBroker broker, Topics topics) {
    return everywhere("closed", broker, topics, RebalanceIT::closesAndAnotherTakesOver);
  }

  @TestFactory
  @Order(1)
  Stream<DynamicTest> revokedInTheMiddleOfItsBatch(KafkaBroker broker, Topics topics) {
    return everywhere("revoked", broker, topics, RebalanceIT::anotherJoins);
  }

  @TestFactory
  @Order(2)
  Stream<DynamicTest> lostWhileAnotherTakesOver(KafkaBroker broker, Topics topics) {
    return everywhere("lost", broker, topics, RebalanceIT::stallsAndAnotherTakesOver);
  }

  @TestFactory
  @Order(3)
  Stream<DynamicTest> lostAndBackAgain(KafkaBroker broker, Topics topics) {
    return everywhere("back", broker, topics, RebalanceIT::stallsAloneAndDropsItsBatch);
  }

  private static void anotherJoins(Cell cell) {
    cell.scenario.sendBare(60);
    Gate middle = new Gate("p7");
    try (GroupMember one =
            cell.member("one", PATIENCE, id -> middle.passAndThen(Step.RUN_AND_POLL_ON, id));
        middle) {
      middle.awaitReached(one);
      try (GroupMember two = cell.member("two", PATIENCE, id -> Step.RUN)) {
        await().atMost(PATIENCE).until(() -> cell.members() == 2);
        middle.open();
        cell.finish(one, two);
      }
      if (cell.hook == Hook.INTERCEPTOR) {
        // It is told of no revocation: what was polled and not done is its window.
        assertThat(cell.lost()).isSubsetOf(one.droppedAtRevocation);
      } else {
        assertThat(cell.lost()).isEmpty();
      }
    }
    assertThat(cell.doubled()).isEmpty();
  }

  private static void stallsAndAnotherTakesOver(Cell cell) {
    cell.scenario.sendBare(30);
    Set<String> batch = Set.copyOf(cell.scenario.sent);
    Gate middle = new Gate("p5");
    try (GroupMember one = cell.member("one", STALL, id -> middle.passAndThen(Step.RUN, id));
        middle) {
      middle.awaitReached(one);
      try (GroupMember two = cell.member("two", PATIENCE, id -> Step.RUN)) {
        if (cell.hook.mode() == Mode.LEASE) {
          await()
              .atMost(PATIENCE)
              .until(() -> two.isRunning() && two.counters.count("decision.hold.in_progress") > 0);
        } else {
          await().atMost(PATIENCE).until(() -> two.isRunning() && cell.isDone());
        }
        middle.open();
        cell.finish(one, two);
      }
    }
    assertThat(cell.lost()).isEmpty();
    if (cell.hook == Hook.WRAP_LEASE) {
      // It was told of no success before the partition was lost.
      assertThat(cell.doubled()).isSubsetOf(batch);
    } else {
      assertThat(cell.doubled()).isEmpty();
    }
  }

  private static void stallsAloneAndDropsItsBatch(Cell cell) {
    cell.scenario.sendBare(30);
    Gate middle = new Gate("p5");
    try (GroupMember one = cell.member("one", STALL, id -> middle.passAndThen(Step.DROP, id));
        middle) {
      middle.awaitReached(one);
      await().atMost(PATIENCE).until(() -> cell.members() == 0);
      middle.open();
      cell.finish(one);
      // None with the handler, which knows of each success as it comes.
      assertThat(cell.doubled()).isSubsetOf(one.uncommittedWhenTaken);
    }
    assertThat(cell.lost()).isEmpty();
  }

  private static void closesAndAnotherTakesOver(Cell cell) {
    cell.scenario.sendBare(40);
    try (GroupMember one =
        cell.member("one", PATIENCE, id -> id.equals("p9") ? Step.CLOSE : Step.RUN)) {
      await().atMost(PATIENCE).until(() -> !one.isRunning());
    }
    // Of the same name, so that a static member's partitions do not wait for its session to end.
    try (GroupMember next = cell.member("one", PATIENCE, id -> Step.RUN)) {
      cell.finish(next);
    }
    assertThat(cell.lost()).isEmpty();
    assertThat(cell.doubled()).isEmpty();
  }

  private static Stream<DynamicTest> everywhere(
      String name, KafkaBroker broker, Topics topics, Scene scene) {
    List<DynamicTest> tests = new ArrayList<>();
    for (GroupProtocol protocol : GroupProtocol.values()) {
      for (Hook hook : Hook.values()) {
        Callable<Void> run =
            () -> {
              int partitions = name.equals("lost") || name.equals("back") ? 1 : 2;
              scene.play(new Cell(protocol, hook, new Scenario(name, broker, topics, partitions)));
              return null;
            };
        Future<Void> running = pool.submit(run);
        tests.add(DynamicTest.dynamicTest(protocol + " " + hook, running::get));
      }
    }
    return tests.stream();
  }

  /** One scene with one protocol through one hook. */
  private record Cell(
      GroupProtocol protocol, Hook hook, Scenario scenario, Map<String, Integer> effects) {

    Cell(GroupProtocol protocol, Hook hook, Scenario scenario) {
      this(protocol, hook, scenario, new ConcurrentHashMap<>());
    }

    GroupMember member(String name, Duration maxPollInterval, Function<String, Step> script) {
      Map<String, Object> more = protocol.consumer(name);
      more.put(ConsumerConfig.CLIENT_ID_CONFIG, name);
      more.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) maxPollInterval.toMillis());
      if (maxPollInterval.equals(STALL)) {
        more.put("onceonly.poll.budget.ms", 4_500); // as it must be: less than the interval
      }
      return GroupMember.start(
          scenario.settings(hook, server.baseUrl().toString()), more, effects, script);
    }

    int members() {
      return scenario.topics.members(scenario.topic);
    }

    boolean isDone() {
      return scenario.isDone(scenario.topic);
    }

    /** The group goes on, and has its duplicates. */
    void finish(GroupMember... members) {
      scenario.send(20, 4);
      await()
          .atMost(PATIENCE)
          .until(() -> Stream.of(members).allMatch(GroupMember::isRunning) && isDone());
    }

    Set<String> lost() {
      return scenario.sent.stream()
          .filter(id -> !effects.containsKey(id))
          .collect(Collectors.toSet());
    }

    Set<String> doubled() {
      return effects.entrySet().stream()
          .filter(entry -> entry.getValue() > 1)
          .map(Map.Entry::getKey)
          .collect(Collectors.toSet());
    }
  }

  /** Stops whoever comes first with this id, until it is opened. */
  private static final class Gate implements AutoCloseable {

    private final String id;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);

    Gate(String id) {
      this.id = id;
    }

    /** What the one that is stopped does when it is opened; all others run. */
    Step passAndThen(Step next, String at) {
      if (!at.equals(id) || reached.getCount() == 0) {
        return Step.RUN;
      }
      reached.countDown();
      try {
        if (opened.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
          return next;
        }
        throw new AssertionError("nobody opens the gate at " + id);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted at the gate", e);
      }
    }

    void awaitReached(GroupMember by) {
      await().atMost(PATIENCE).until(() -> by.isRunning() && reached.getCount() == 0);
    }

    void open() {
      opened.countDown();
    }

    /** For a member that still stands at it when its test has failed. */
    @Override
    public void close() {
      open();
    }
  }
}
