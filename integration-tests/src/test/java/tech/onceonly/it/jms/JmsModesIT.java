package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
import org.springframework.jms.JmsException;
import tech.onceonly.Mode;
import tech.onceonly.it.SeenCells;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/**
 * Every acknowledgement mode, with all that can happen to a message, through every hook, in both
 * modes and on both brokers. What is seen is the table of docs/jms.md.
 */
@Tag("oldest-spring-jms")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class JmsModesIT {

  private static final SeenCells<JmsCell> CELLS = new SeenCells<>(8);
  private static final Map<JmsBrokerKind, JmsBroker> BROKERS = new EnumMap<>(JmsBrokerKind.class);
  private static OnceOnlyServer server;

  @BeforeAll
  static void start() {
    server =
        OnceOnlyServer.start(ServerOptions.builder().port(0).apiKey(JmsCellRun.API_KEY).build());
    for (JmsBrokerKind kind : JmsBrokerKind.values()) {
      BROKERS.put(kind, JmsBroker.start(new JmsBrokerOptions(kind, JmsCellRun.ATTEMPTS)));
    }
  }

  @AfterAll
  static void stop() {
    CELLS.close();
    BROKERS.values().forEach(JmsBroker::close);
    server.close();
  }

  @Test
  @Order(0)
  void theVersionIsTheOneMeant() {
    String meant = System.getProperty("spring.version");
    String jar = JmsException.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    assertThat(jar).endsWith("spring-jms-" + meant + ".jar");
  }

  @TestFactory
  @Order(1)
  Stream<DynamicTest> everyCell() {
    return CELLS.each(cells(), JmsModesIT::run);
  }

  @Test
  @Order(2)
  void theDocumentationShowsWhatWasSeen() throws Exception {
    SeenCells.assertShown("jms.md", JmsModesIT.class, new JmsModesTable(CELLS.seen()).markdown());
  }

  private static String run(JmsCell cell, int number) throws Exception {
    try (JmsCellRun run =
        new JmsCellRun(
            cell.mode(),
            cell.hook(),
            cell.what(),
            "modes-" + number,
            JmsSite.of(cell.broker(), BROKERS.get(cell.broker()).url()),
            server.baseUrl())) {
      return run.run();
    }
  }

  private static List<JmsCell> cells() {
    List<JmsCell> cells = new ArrayList<>();
    for (JmsBrokerKind broker : JmsBrokerKind.values()) {
      for (Mode mode : Mode.values()) {
        for (JmsHook hook : JmsHook.values()) {
          for (JmsCase what : JmsCase.values()) {
            JmsCell cell = new JmsCell(broker, mode, hook, what);
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
