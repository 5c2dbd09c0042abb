package tech.onceonly.it.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
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
import tech.onceonly.it.SeenCells;
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

  private static final SeenCells<Cell> CELLS = new SeenCells<>(6);
  private static OnceOnlyServer server;

  @BeforeAll
  static void start() {
    server = OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(CellRun.API_KEY).build());
  }

  @AfterAll
  static void stop() {
    CELLS.close();
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
    return CELLS.each(cells(), (cell, number) -> run(cell, number, broker, topics));
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
    SeenCells.assertShown(
        "spring-kafka.md", AckModesIT.class, new AckModesTable(CELLS.seen()).markdown());
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
