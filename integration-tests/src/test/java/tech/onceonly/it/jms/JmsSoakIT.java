package tech.onceonly.it.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.testing.Await.PATIENCE;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.onceonly.Mode;
import tech.onceonly.it.Crew;
import tech.onceonly.it.DurableServer;
import tech.onceonly.testing.Await;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.Effects;
import tech.onceonly.testing.JavaProcess;
import tech.onceonly.testing.JmsBroker;
import tech.onceonly.testing.JmsBrokerKind;
import tech.onceonly.testing.JmsBrokerOptions;

/**
 * Three consumer processes on one queue, with listeners that fail at one message in twenty and one
 * message in ten of a payment that was sent before. Consumers, the broker and the server are killed
 * in turn, at random; the broker comes back on its journal, the server on its disk.
 *
 * <p>In short form always; {@code -Dsoak.minutes=12} makes it last in each mode.
 */
@Execution(ExecutionMode.CONCURRENT) // they wait for most of their time
class JmsSoakIT {

  private enum Victim {
    CONSUMER,
    BROKER,
    SERVER
  }

  private static final int PROCESSES = 3;
  private static final int MINUTES = Integer.getInteger("soak.minutes", 0);
  private static final int WORK_MS = Integer.getInteger("soak.work.ms", 8);
  private static final Duration BETWEEN_KILLS =
      Duration.ofSeconds(Integer.getInteger("soak.kill.every.s", MINUTES == 0 ? 2 : 10));
  private static final Duration OUTAGE = Duration.ofSeconds(1);
  private static final List<Victim> ROUND =
      List.of(Victim.CONSUMER, Victim.BROKER, Victim.CONSUMER, Victim.SERVER);

  @TempDir Path directory;
  private final Random random = new Random(1);

  @ParameterizedTest
  @EnumSource(Mode.class)
  void nothingIsLostAndNothingDoubledBeyondThePromise(Mode mode) throws Exception {
    String queue = "soak-" + mode;
    InHand inHand = new InHand(this::effects);
    List<Victim> killed = new ArrayList<>();
    SoakProducer.Sent sent;
    long began = System.nanoTime();
    try (JmsBroker broker = JmsBroker.start(new JmsBrokerOptions(JmsBrokerKind.ARTEMIS, 50));
        DurableServer server = new DurableServer(directory.resolve("claims"));
        SoakProducer producer = new SoakProducer(broker.queues(), queue);
        Crew crew = new Crew(PROCESSES, () -> process(mode, queue, broker, server))) {
      do {
        List<Victim> round = new ArrayList<>(ROUND);
        Collections.shuffle(round, random);
        for (Victim victim : round) {
          crew.isDoneAfter(BETWEEN_KILLS, PROCESSES + 1, () -> effects().all().size(), () -> false);
          switch (victim) {
            case CONSUMER -> inHand.consumerKilled(crew.killOne(random));
            case BROKER -> killBroker(broker, crew, producer, inHand);
            case SERVER -> killServer(server, crew, inHand);
          }
          killed.add(victim);
        }
      } while (Duration.ofNanos(System.nanoTime() - began).toMinutes() < MINUTES);
      sent = producer.finish();
      assertThat(crew.isDoneWithin(PATIENCE, () -> broker.queues().depth(queue) == 0))
          .as("all consumed")
          .isTrue();
      assertThat(broker.queues().dead(queue)).as("dead letters").isEmpty();
    }
    report(mode, sent, killed, Duration.ofNanos(System.nanoTime() - began));
    verify(mode, sent.payments(), killed, inHand);
  }

  private void verify(Mode mode, Set<String> payments, List<Victim> killed, InHand inHand) {
    Effects effects = effects();
    int consumers = Collections.frequency(killed, Victim.CONSUMER);
    int servers = Collections.frequency(killed, Victim.SERVER);
    // Their commits fail, so that what they have in hand comes again.
    int uncommitted = PROCESSES * Collections.frequency(killed, Victim.BROKER);
    assertThat(inHand.doubledOtherwise()).as("doubled without having been in hand").isEmpty();
    if (mode == Mode.LEASE) {
      assertThat(effects.lost(payments)).as("lost").isEmpty();
      assertThat(again(effects)).as("doubled").isLessThanOrEqualTo(consumers + uncommitted);
    } else {
      // A listener that fails while there is no server can't give its claim back.
      assertThat(effects.lost(payments)).as("lost").hasSizeLessThanOrEqualTo(consumers + servers);
      assertThat(again(effects)).as("doubled").isLessThanOrEqualTo(uncommitted);
    }
  }

  private static int again(Effects effects) {
    return effects.all().size() - effects.perKey().size();
  }

  private static void killBroker(
      JmsBroker broker, Crew crew, SoakProducer producer, InHand inHand) {
    Await.until("a batch is on its way", PATIENCE, producer::isSending);
    inHand.kill(crew.pids(), broker::kill);
    broker.restart();
  }

  private static void killServer(DurableServer server, Crew crew, InHand inHand) {
    inHand.kill(crew.pids(), server::kill);
    crew.isDoneWithin(OUTAGE, () -> false);
    server.restart();
  }

  private void report(Mode mode, SoakProducer.Sent sent, List<Victim> killed, Duration took) {
    Effects effects = effects();
    System.out.printf(
        "JMS soak, %s mode: %d messages of %d payments in %d s (%d batches sent again), kills: %d of"
            + " consumers, %d of the broker, %d of the server: %d lost, %d doubled%n",
        mode,
        sent.messages(),
        sent.payments().size(),
        took.toSeconds(),
        sent.repeated(),
        Collections.frequency(killed, Victim.CONSUMER),
        Collections.frequency(killed, Victim.BROKER),
        Collections.frequency(killed, Victim.SERVER),
        effects.lost(sent.payments()).size(),
        effects.doubled().size());
  }

  private JavaProcess process(Mode mode, String queue, JmsBroker broker, DurableServer server) {
    return JavaProcess.of(JmsWorkerMain.class)
        .jvmOptions(List.of("-Xmx128m"))
        .arguments(
            "hook=" + JmsHook.DEFAULT_TRANSACTED,
            "broker=" + broker.kind().name(),
            // Else one has prefetched what is there, and the others have nothing to do.
            "url=" + broker.url() + "?consumerWindowSize=0",
            "queue=" + queue,
            "mode=" + mode,
            "base.url=" + server.baseUrl(),
            "fail.open=false",
            "fail.one.in=20",
            "work.ms=" + WORK_MS,
            "effects=" + directory.resolve("effects"))
        .start();
  }

  private Effects effects() {
    return EffectLog.read(directory.resolve("effects"));
  }
}
