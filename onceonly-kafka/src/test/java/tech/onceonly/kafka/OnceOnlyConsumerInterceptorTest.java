package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static tech.onceonly.kafka.InterceptorFixture.P0;
import static tech.onceonly.kafka.InterceptorFixture.P1;
import static tech.onceonly.kafka.InterceptorFixture.polled;
import static tech.onceonly.kafka.InterceptorFixture.record;
import static tech.onceonly.kafka.InterceptorFixture.values;

import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OnceOnlyConsumerInterceptorTest {

  private final InterceptorFixture fixture = new InterceptorFixture();

  @AfterEach
  void close() {
    fixture.interceptor.close();
  }

  @Test
  void a_poll_without_duplicates_is_the_same_object() {
    fixture.start();
    ConsumerRecords<String, String> poll = polled(record(P0, 0), record(P1, 7, "a"));

    assertThat(fixture.interceptor.onConsume(poll)).isSameAs(poll);
    assertThat(fixture.claims.asked).hasSize(2);
  }

  @Test
  void duplicates_are_left_out_in_order_and_next_offsets_stay() {
    fixture.start();
    fixture.poll(record(P0, 0, "a"), record(P0, 1, "b"));
    fixture.commit(P0, 2);

    ConsumerRecords<String, String> poll =
        polled(
            record(P1, 5, "c"),
            record(P1, 6, "a"),
            record(P1, 7),
            record(P0, 2, "b"),
            record(P0, 3, "d"));
    ConsumerRecords<String, String> filtered = fixture.interceptor.onConsume(poll);

    assertThat(values(filtered)).containsExactly("1/5", "1/7", "0/3");
    assertThat(filtered.nextOffsets()).isEqualTo(poll.nextOffsets());
  }

  @Test
  void a_poll_of_duplicates_alone_comes_back_empty_with_its_next_offsets() {
    fixture.start();
    fixture.poll(record(P0, 0, "a"));
    ConsumerRecords<String, String> poll = polled(record(P0, 1, "a"));

    ConsumerRecords<String, String> filtered = fixture.interceptor.onConsume(poll);

    assertThat(filtered.isEmpty()).isTrue();
    assertThat(filtered.nextOffsets()).isEqualTo(poll.nextOffsets());
  }

  @Test
  void an_equal_key_within_one_poll_is_handed_over_once() {
    fixture.start();

    assertThat(fixture.poll(record(P0, 0, "a"), record(P0, 1, "a"), record(P1, 0, "a")))
        .containsExactly("0/0");
    assertThat(fixture.counted("decision.skip.handed_over_here")).isEqualTo(2);
  }

  @Test
  void what_comes_again_before_its_commit_is_a_retry() {
    fixture.start();
    fixture.poll(record(P0, 0), record(P0, 1, "a"), record(P0, 2, "a"));

    assertThat(fixture.poll(record(P0, 0), record(P0, 1, "a"), record(P0, 2, "a")))
        .containsExactly("0/0", "0/1");
    assertThat(fixture.claims.asked).hasSize(2);
  }

  @Test
  void what_comes_again_after_its_commit_is_a_duplicate() {
    fixture.start();
    fixture.poll(record(P0, 0), record(P0, 1));
    fixture.commit(P0, 1);

    assertThat(fixture.poll(record(P0, 0), record(P0, 1))).containsExactly("0/1");
    assertThat(fixture.counted("settled.succeeded")).isEqualTo(1);
  }

  @Test
  void a_commit_settles_its_own_partition_below_its_offset_alone() {
    fixture.start();
    fixture.poll(record(P0, 0), record(P0, 1), record(P0, 2), record(P1, 0));

    fixture.commit(P0, 2);

    assertThat(fixture.counted("settled.succeeded")).isEqualTo(2);
    fixture.commit(P0, 2);
    assertThat(fixture.counted("settled.succeeded")).isEqualTo(2);
  }

  @Test
  void what_comes_after_a_seek_back_is_settled_with_its_own_offsets() {
    fixture.start();
    fixture.poll(record(P0, 5), record(P0, 7));
    fixture.poll(record(P0, 1), record(P0, 2), record(P0, 6));

    fixture.commit(P0, 2);
    assertThat(fixture.counted("settled.succeeded")).isEqualTo(1);
    fixture.commit(P0, 7);
    assertThat(fixture.counted("settled.succeeded")).isEqualTo(4);
    fixture.commit(P0, 8);
    assertThat(fixture.counted("settled.succeeded")).isEqualTo(5);
  }

  @Test
  void another_process_has_it() {
    fixture.start();
    fixture.poll(record(P0, 0, "a"));
    InterceptorFixture other = new InterceptorFixture();
    other.claims.locks.putAll(fixture.claims.locks);
    other.start();

    assertThat(other.poll(record(P1, 3, "a"), record(P1, 4, "b"))).containsExactly("1/4");
    other.interceptor.close();
  }

  @Test
  void close_gives_back_what_is_not_committed_and_no_more() {
    fixture.claims.releasable = true;
    fixture.start();
    fixture.poll(record(P0, 0), record(P0, 1), record(P0, 2), record(P1, 9));
    fixture.commit(P0, 2);

    fixture.interceptor.close();

    assertThat(fixture.claims.released)
        .hasSize(2)
        .anyMatch(key -> key.contains("/0/2/"))
        .anyMatch(key -> key.contains("/1/9/"));
    assertThat(fixture.claims.locks).hasSize(2);
    assertThat(fixture.claims.closed).isTrue();
  }

  @Test
  void close_does_not_wait_for_long() {
    fixture.claims.releasable = true;
    fixture.start();
    fixture.poll(record(P0, 0));
    fixture.claims.silent = true;

    fixture.interceptor.close();

    assertThat(fixture.claims.closed).isTrue();
  }

  @Test
  void close_gives_nothing_back_where_the_service_does_not_take_it() {
    fixture.start();
    fixture.poll(record(P0, 0));

    fixture.interceptor.close();

    assertThat(fixture.claims.released).isEmpty();
  }

  @Test
  void a_topic_that_was_made_anew_is_not_hidden_by_the_old_one() {
    fixture.start();
    fixture.poll(record(P0, 0));
    var anew =
        new org.apache.kafka.clients.consumer.ConsumerRecord<String, String>(
            P0.topic(), 0, 0, "key", "anew");

    assertThat(fixture.poll(anew)).containsExactly("anew");
    fixture.commit(P0, 1);
    assertThat(fixture.counted("settled.succeeded")).isEqualTo(1);
  }

  @Test
  void excluded_topics_pass_without_a_question() {
    fixture.with("onceonly.topics.exclude", "audit, other").start();
    TopicPartition audit = new TopicPartition("audit", 0);
    fixture.poll(record(P0, 0, "a"), record(audit, 0, "a"), record(audit, 1, "a"));

    assertThat(fixture.poll(record(audit, 2, "a"), record(P0, 1, "a"), record(audit, 3)))
        .containsExactly("0/2", "0/3");
    assertThat(fixture.claims.asked).hasSize(1);
  }

  @Test
  void a_dry_run_claims_and_counts_and_hands_over_all() {
    fixture.with("onceonly.dry.run", "true").start();

    assertThat(fixture.poll(record(P0, 0, "a"), record(P0, 1, "a"))).containsExactly("0/0", "0/1");
    assertThat(fixture.counted("decision.skip.handed_over_here")).isEqualTo(1);
  }

  @Test
  void without_a_group_everything_passes_untouched() {
    fixture.configs.clear();
    fixture.with("onceonly.poll.budget.ms", "nonsense").start();
    ConsumerRecords<String, String> poll = polled(record(P0, 0, "a"), record(P0, 1, "a"));

    assertThat(fixture.interceptor.onConsume(poll)).isSameAs(poll);
    fixture.commit(P0, 2);
    assertThat(fixture.claims.checks).isZero();
  }

  @Test
  void the_switch_works_whatever_else_is_wrong() {
    fixture.with("onceonly.enabled", "false").with("onceonly.mode", "nonsense").start();

    assertThat(fixture.poll(record(P0, 0, "a"), record(P0, 1, "a"))).hasSize(2);
    assertThat(fixture.claims.checks).isZero();
  }

  @Test
  void the_cluster_stands_in_offset_keys_by_its_id_or_its_alias() {
    fixture.start();
    fixture.poll(record(P0, 0));
    assertThat(fixture.claims.asked.get(0)).contains("cluster-1");
    fixture.interceptor.close();

    fixture.with("onceonly.cluster.alias", "east").start();
    fixture.poll(record(P0, 1));
    assertThat(fixture.claims.asked.get(1)).contains("east").doesNotContain("cluster-1");
  }

  @Test
  void two_groups_are_no_duplicates_of_each_other_unless_they_share_a_namespace() {
    fixture.start();
    fixture.poll(record(P0, 0, "a"));
    fixture.interceptor.close();

    fixture.with("group.id", "shipping").start();
    assertThat(fixture.poll(record(P0, 0, "a"))).hasSize(1);
    fixture.interceptor.close();

    fixture.with("onceonly.namespace", "billing").start();
    assertThat(fixture.poll(record(P0, 0, "a"))).isEmpty();
  }
}
