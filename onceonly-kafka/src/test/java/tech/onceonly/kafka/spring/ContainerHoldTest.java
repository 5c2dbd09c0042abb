package tech.onceonly.kafka.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties;
import org.springframework.kafka.listener.DefaultErrorHandler;

class ContainerHoldTest {

  private static final TopicPartition PARTITION = new TopicPartition("t", 0);
  private static final ConsumerRecord<String, String> RECORD =
      new ConsumerRecord<>("t", 0, 7, "k", "v");

  private final ByHand timer = new ByHand();
  private final Container container = new Container();

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void anEarlierPausesEndDoesNotEndALaterOne() {
    ContainerHold hold = hold(OnRefusal.STOP);
    hold.hold(RECORD, Duration.ofSeconds(1));
    hold.hold(RECORD, Duration.ofSeconds(2));
    assertThat(container.pausesRequested).isEqualTo(2);
    timer.run(0);
    assertThat(container.paused).isTrue();
    timer.run(1);
    assertThat(container.paused).isFalse();
  }

  @Test
  void aContainerThatStopsIsNotPaused() {
    container.running = false;
    assertThat(hold(OnRefusal.STOP).hold(RECORD, Duration.ofSeconds(1)))
        .isInstanceOf(HeldException.class);
    assertThat(container.pausesRequested).isZero();
  }

  @Test
  void withoutItsTimerARecordWaitsAllTheSame() {
    timer.shutdownNow();
    ContainerHold hold = hold(OnRefusal.STOP);
    assertThat(hold.hold(RECORD, Duration.ofSeconds(1))).isInstanceOf(HeldException.class);
    assertThat(hold.refuse(RECORD, new IllegalStateException("401")))
        .isInstanceOf(HeldException.class)
        .hasRootCauseMessage("401");
    assertThat(hold(OnRefusal.PAUSE).refuse(RECORD, new IllegalStateException("401")))
        .isInstanceOf(HeldException.class);
    assertThat(container.paused).isTrue();
  }

  private ContainerHold hold(OnRefusal onRefusal) {
    ContainerHold hold =
        new ContainerHold(
            container, timer, InstantSource.system(), onRefusal, Duration.ofSeconds(1));
    container.setCommonErrorHandler(new HoldingErrorHandler(new DefaultErrorHandler(), hold));
    return hold;
  }

  /** A container that was never started, and says that it was. */
  private static final class Container extends ConcurrentMessageListenerContainer<String, String> {

    boolean running = true;
    boolean paused;
    int pausesRequested;

    Container() {
      super(new DefaultKafkaConsumerFactory<>(Map.of()), new ContainerProperties("t"));
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    @Override
    public void pausePartition(TopicPartition partition) {
      assertThat(partition).isEqualTo(PARTITION);
      paused = true;
      pausesRequested++;
    }

    @Override
    public void resumePartition(TopicPartition partition) {
      assertThat(partition).isEqualTo(PARTITION);
      paused = false;
    }
  }

  /** A timer whose tasks are due when the test says so. */
  private static final class ByHand extends ScheduledThreadPoolExecutor {

    private final List<Runnable> tasks = new ArrayList<>();

    ByHand() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
      if (isShutdown()) {
        throw new RejectedExecutionException("shut down");
      }
      tasks.add(task);
      return super.schedule(() -> {}, 0, unit);
    }

    void run(int index) {
      tasks.get(index).run();
    }
  }
}
