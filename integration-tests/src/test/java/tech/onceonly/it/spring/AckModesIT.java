package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
import tech.onceonly.Mode;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.KafkaBroker;
import tech.onceonly.testing.Topics;
import tech.onceonly.testing.WithBroker;

/**
 * Every acknowledgement mode, with all that can happen to a record, for record and batch listeners
 * in both modes. What is seen is the table of docs/spring-kafka.md.
 */
@Tag("oldest-spring")
@ExtendWith(WithBroker.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AckModesIT {

  /** They wait for most of their time. */
  private static final int AT_ONCE = 6;

  private static final Map<Cell, String> SEEN = new LinkedHashMap<>();
  private static OnceOnlyServer server;
  private static ExecutorService pool;

  @BeforeAll
  static void start() {
    server = OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(CellRun.API_KEY).build());
    pool = Executors.newFixedThreadPool(AT_ONCE);
  }

  @AfterAll
  static void stop() {
    pool.shutdownNow();
    server.close();
  }

  @Test
  @Order(0)
  void theVersionIsTheOneMeant() {
    String meant = System.getProperty("spring-kafka.version");
    String jar = KafkaException.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    assertThat(jar).endsWith("spring-kafka-" + meant + ".jar");
  }

  @TestFactory
  @Order(1)
  Stream<DynamicTest> everyCell(KafkaBroker broker, Topics topics) {
    Map<Cell, CompletableFuture<String>> runs = new LinkedHashMap<>();
    for (Cell cell : cells()) {
      int number = runs.size();
      runs.put(cell, CompletableFuture.supplyAsync(() -> run(cell, number, broker, topics), pool));
    }
    return runs.entrySet().stream()
        .map(
            run ->
                DynamicTest.dynamicTest(
                    run.getKey().toString(), () -> SEEN.put(run.getKey(), run.getValue().get())));
  }

  @Test
  @Order(2)
  void anErrorHandlerThatWasSetTooLateStopsTheContainerAndLosesNothing(
      KafkaBroker broker, Topics topics) {
    Cell cell = new Cell(false, Mode.CHECK_LOCK, AckMode.RECORD, ListenerCase.REFUSED);
    try (CellRun run = new CellRun(cell, 10_000, broker, topics, server.baseUrl())) {
      run.refusedWithAnErrorHandlerOfTheUsersOwn();
    }
  }

  @Test
  @Order(3)
  void theDocumentationShowsWhatWasSeen() throws Exception {
    Path page = Path.of("..", "docs", "spring-kafka.md").toRealPath();
    AckModesTable table = new AckModesTable(SEEN);
    String written = Files.readString(page);
    if (Boolean.getBoolean("docs.write")) {
      written = table.writtenInto(written);
      Files.writeString(page, written);
    }
    assertThat(written).contains(table.markdown());
  }

  private static String run(Cell cell, int number, KafkaBroker broker, Topics topics) {
    try (CellRun run = new CellRun(cell, number, broker, topics, server.baseUrl())) {
      return run.run();
    }
  }

  private static List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (boolean batch : new boolean[] {false, true}) {
      for (Mode mode : Mode.values()) {
        for (AckMode ackMode : AckMode.values()) {
          for (ListenerCase what : ListenerCase.values()) {
            Cell cell = new Cell(batch, mode, ackMode, what);
            if (cell.exists()) {
              cells.add(cell);
            }
          }
        }
      }
    }
    return cells;
  }
}
