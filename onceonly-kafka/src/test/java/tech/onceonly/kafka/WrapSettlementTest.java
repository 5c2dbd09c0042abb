package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** When a wrapped consumer's claims are settled, given back and forgotten. */
class WrapSettlementTest extends WrapFixture {

  @Test
  void commitSettles() {
    kafka.send(P0, "a", "b", "c");
    wrap(lease());
    consumer.poll(ONE_SECOND);
    assertThat(service.leases).hasSize(3);

    consumer.commitSync(Map.of(P0, new OffsetAndMetadata(1)));
    assertThat(service.completed).hasSize(1);

    consumer.commitAsync(Map.of(P0, new OffsetAndMetadata(2)), null);
    assertThat(service.completed).hasSize(2);

    consumer.commitSync();
    assertThat(service.completed).hasSize(3);
    assertThat(service.leases).isEmpty();
  }

  @Test
  void asynchronousCommitOfPositionsSettlesAndCallsBack() {
    kafka.send(P0, "a");
    wrap(lease());
    consumer.poll(ONE_SECOND);
    List<Map<TopicPartition, OffsetAndMetadata>> told = new ArrayList<>();

    consumer.commitAsync((offsets, failure) -> told.add(offsets));

    assertThat(told).hasSize(1);
    assertThat(service.completed).hasSize(1);
  }

  @Test
  void commitBehindASeekSettlesOnlyWhatIsBelow() {
    kafka.send(P0, "a", "b", "c");
    wrap(lease());
    consumer.poll(ONE_SECOND);

    consumer.seek(P0, 1);
    consumer.commitSync();

    assertThat(service.completed).hasSize(1);
    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("b", "c");
    assertThat(service.count("lease")).isEqualTo(3);
  }

  @Test
  void ownRetryRunsAgain() {
    kafka.send(P0, "a", "b");
    wrap(checkLock());
    consumer.poll(ONE_SECOND);

    consumer.seek(P0, 0);

    assertThat(values(consumer.poll(ONE_SECOND))).containsExactly("a", "b");
    consumer.commitSync();
    consumer.seekToBeginning(List.of());
    assertThat(values(consumer.poll(ONE_SECOND))).isEmpty();
  }

  @Test
  void autoCommitSettlesWhenTheNextPollBegins() {
    kafka.send(P0, "a");
    wrap(checkLock().autoCommit(true));
    consumer.poll(ONE_SECOND);
    assertThat(counters.count("settled.succeeded")).isZero();

    consumer.poll(ONE_SECOND);

    assertThat(counters.count("settled.succeeded")).isEqualTo(1);
  }

  @Test
  void autoCommitSettlesWhenClosed() {
    service.releasable = true;
    kafka.send(P0, "a");
    wrap(checkLock().autoCommit(true));
    consumer.poll(ONE_SECOND);

    consumer.close();

    assertThat(kafka.closed()).isTrue();
    assertThat(counters.count("settled.succeeded")).isEqualTo(1);
    assertThat(service.count("release")).isZero();
  }

  @Test
  void closeGivesBackWhatIsNotCommitted() {
    kafka.send(P0, "a", "b");
    wrap(lease());
    consumer.poll(ONE_SECOND);
    consumer.commitSync(Map.of(P0, new OffsetAndMetadata(1)));

    consumer.close(ONE_SECOND);

    assertThat(service.completed).hasSize(1);
    assertThat(service.leases).isEmpty();
    assertThat(service.closed).isFalse();
  }

  @Test
  void closesTheServiceItOwns() {
    wrap(lease().ownedClaimService(() -> service));
    consumer.close();
    assertThat(service.closed).isTrue();
  }

  @Test
  void assigningOthersGivesBack() {
    kafka.send(P0, "a");
    kafka.send(P1, "b");
    wrap(lease());
    consumer.poll(ONE_SECOND);

    consumer.assign(List.of(P1));
    assertThat(service.count("cancel")).isEqualTo(1);
    consumer.unsubscribe();
    assertThat(service.leases).isEmpty();
  }

  @Test
  void revocationGivesBackAfterTheUsersListener() {
    LogConsumer subscribed = LogConsumer.subscribed();
    subscribed.send(P0, "a", "b");
    Consumer<String, String> wrapped = OnceOnlyKafka.wrap(subscribed, lease().build());
    wrapped.subscribe(
        List.of("orders"),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            assertThat(service.leases).hasSize(2);
            wrapped.commitSync(Map.of(P0, new OffsetAndMetadata(1)));
          }

          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
    subscribed.begin(P0, P1);
    subscribed.rebalance(List.of(P0));
    wrapped.poll(ONE_SECOND);

    subscribed.rebalance(List.of(P1));

    assertThat(service.completed).hasSize(1);
    assertThat(service.leases).isEmpty();
    wrapped.close();
  }

  @Test
  void revocationGivesBackWithoutAUsersListener() {
    LogConsumer subscribed = LogConsumer.subscribed();
    subscribed.send(P0, "a");
    Consumer<String, String> wrapped = OnceOnlyKafka.wrap(subscribed, lease().build());
    wrapped.subscribe(List.of("orders"));
    subscribed.begin(P0, P1);
    subscribed.rebalance(List.of(P0));
    wrapped.poll(ONE_SECOND);

    subscribed.rebalance(List.of(P1));

    assertThat(service.count("cancel")).isEqualTo(1);
    wrapped.close();
  }

  @Test
  void aLostCheckLockIsGivenBackAndRunsElsewhere() {
    service.releasable = true;
    LogConsumer subscribed = subscribedTo(P0);
    subscribed.send(P0, "a");
    Consumer<String, String> wrapped = wrapSubscribed(subscribed, checkLock());
    wrapped.poll(ONE_SECOND);

    subscribed.lose(P0);

    assertThat(service.locks).isEmpty();
    wrapped.close();
  }

  @Test
  void aLostCheckLockThatCannotBeGivenBackRunsAgainHere() {
    LogConsumer subscribed = subscribedTo(P0);
    subscribed.send(P0, "a");
    Consumer<String, String> wrapped = wrapSubscribed(subscribed, checkLock());
    wrapped.poll(ONE_SECOND);

    subscribed.lose(P0);
    subscribed.rebalance(List.of(P0));
    wrapped.seek(P0, 0);

    assertThat(values(wrapped.poll(ONE_SECOND))).containsExactly("a");
    wrapped.close();
  }

  @Test
  void aClaimInDoubtThatWaitsIsGivenBackWithItsPartition() {
    service.releasable = true;
    LogConsumer subscribed = subscribedTo(P0, P1);
    subscribed.send(P0, "a");
    Consumer<String, String> wrapped = wrapSubscribed(subscribed, checkLock().failOpen(false));
    service.applyWithoutAnAnswer();
    assertThat(wrapped.poll(ONE_SECOND).isEmpty()).isTrue();
    assertThat(service.locks).hasSize(1);

    subscribed.rebalance(List.of(P1));

    assertThat(service.locks).isEmpty();
    wrapped.close();
  }

  @Test
  void aClaimInDoubtThatWaitsIsGivenBackWhenClosedAlsoWithAnInterrupt() {
    service.releasable = true;
    LogConsumer subscribed = subscribedTo(P0);
    subscribed.send(P0, "a");
    Consumer<String, String> wrapped = wrapSubscribed(subscribed, checkLock().failOpen(false));
    service.applyWithoutAnAnswer();
    wrapped.poll(ONE_SECOND);

    Thread.currentThread().interrupt();
    wrapped.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(service.locks).isEmpty();
  }

  private static LogConsumer subscribedTo(TopicPartition... partitions) {
    LogConsumer subscribed = LogConsumer.subscribed();
    subscribed.begin(partitions);
    return subscribed;
  }

  private static Consumer<String, String> wrapSubscribed(
      LogConsumer subscribed, KafkaOptions.Builder options) {
    Consumer<String, String> wrapped = OnceOnlyKafka.wrap(subscribed, options.build());
    wrapped.subscribe(List.of("orders"));
    subscribed.rebalance(List.of(P0));
    return wrapped;
  }

  @Test
  void aLostLeaseRunsOutByItself() {
    LogConsumer subscribed = LogConsumer.subscribed();
    subscribed.send(P0, "a");
    Consumer<String, String> wrapped = OnceOnlyKafka.wrap(subscribed, lease().build());
    wrapped.subscribe(List.of("orders"));
    subscribed.begin(P0);
    subscribed.rebalance(List.of(P0));
    wrapped.poll(ONE_SECOND);

    subscribed.lose(P0);
    wrapped.close();

    assertThat(service.leases).hasSize(1);
    assertThat(service.count("cancel")).isZero();
  }
}
