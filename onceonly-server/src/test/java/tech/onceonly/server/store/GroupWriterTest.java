package tech.onceonly.server.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tech.onceonly.server.store.StoreFixture.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupWriterTest {
  private static final long MAX_WAITING_BYTES = 4_096;

  private final Disk disk = new Disk();
  private final GroupWriter<Disk> writer =
      new GroupWriter<>(disk, MAX_WAITING_BYTES, "writer-under-test");

  @AfterEach
  void stop() {
    disk.open.countDown();
    await(writer.stop());
  }

  @Test
  void whatComesTogetherWhileTheDiskIsBusyIsWrittenAtOnce() {
    Future<Integer> first = writer.submit(target -> target.add(1), 0);
    disk.awaitFirstWrite();
    List<Future<Integer>> rest = new ArrayList<>();
    for (int i = 2; i <= 5; i++) {
      int number = i;
      rest.add(writer.submit(target -> target.add(number), 0));
    }
    assertThat(first.isComplete()).isFalse();
    disk.open.countDown();
    rest.forEach(answer -> await(answer));
    assertThat(disk.written).containsExactly(List.of(1), List.of(2, 3, 4, 5));
  }

  @Test
  void moreThanMayWaitFailsAtOnceAndWhatWaitsDoesNot() {
    Future<Integer> first = writer.submit(target -> target.add(1), 0);
    disk.awaitFirstWrite();
    List<Future<Integer>> answers = new ArrayList<>(List.of(first));
    while (answers.get(answers.size() - 1).cause() == null) {
      answers.add(writer.submit(target -> target.add(2), 0));
      assertThat(answers).hasSizeLessThan(100);
    }
    assertThat(answers.remove(answers.size() - 1).cause())
        .isInstanceOf(StoreUnavailableException.class);
    disk.open.countDown();
    answers.forEach(answer -> await(answer));
    await(writer.submit(target -> target.add(3), 0));
    assertThat(disk.written.get(disk.written.size() - 1)).containsExactly(3);
  }

  @Test
  void aFailedWriteFailsItsWholeGroupAndNothingOfItStays() {
    disk.open.countDown();
    disk.isBroken = true;
    Future<Integer> lost = writer.submit(target -> target.add(1), 0);
    assertThatThrownBy(() -> await(lost)).hasCauseInstanceOf(StoreUnavailableException.class);
    disk.isBroken = false;
    await(writer.submit(target -> target.add(2), 0));
    assertThat(disk.written).containsExactly(List.of(2));
  }

  @Test
  void anOperationThatThrowsFailsAlone() {
    disk.open.countDown();
    GroupWriter<Disk>.Together together = writer.together();
    Future<Integer> bad =
        together.add(
            target -> {
              throw new IllegalStateException("unreadable");
            },
            0);
    Future<Integer> good = together.add(target -> target.add(1), 0);
    together.submit();
    assertThatThrownBy(() -> await(bad)).hasRootCauseMessage("unreadable");
    assertThat(await(good)).isEqualTo(1);
  }

  @Test
  void answersComeOnTheEventLoopThatAsked() throws Exception {
    disk.open.countDown();
    Vertx vertx = Vertx.vertx();
    try {
      CompletableFuture<Boolean> isSame = new CompletableFuture<>();
      vertx.runOnContext(
          unused -> {
            Thread asker = Thread.currentThread();
            writer
                .submit(target -> target.add(1), 0)
                .onComplete(answer -> isSame.complete(Thread.currentThread() == asker));
          });
      assertThat(isSame.get(10, SECONDS)).isTrue();
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void whatWaitsAtAStopIsCarriedOutAndWhatComesLaterFails() {
    Future<Integer> first = writer.submit(target -> target.add(1), 0);
    disk.awaitFirstWrite();
    Future<Integer> waiting = writer.submit(target -> target.add(2), 0);
    Future<Void> stopped = writer.stop();
    disk.open.countDown();
    await(stopped);
    await(first);
    await(waiting);
    Future<Integer> late = writer.submit(target -> target.add(3), 0);
    assertThatThrownBy(() -> await(late)).hasCauseInstanceOf(StoreUnavailableException.class);
    assertThat(disk.written).containsExactly(List.of(1), List.of(2));
  }

  /** Writes wait until it opens. */
  private static final class Disk implements GroupWriter.Target {
    private final CountDownLatch open = new CountDownLatch(1);
    private final CountDownLatch writing = new CountDownLatch(1);
    private final List<Integer> changed = new ArrayList<>();
    private final List<List<Integer>> written = new ArrayList<>();
    private volatile boolean isBroken;

    private int add(int number) {
      changed.add(number);
      return number;
    }

    private void awaitFirstWrite() {
      try {
        assertThat(writing.await(10, SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public boolean commit() {
      if (changed.isEmpty()) {
        return false;
      }
      writing.countDown();
      try {
        assertThat(open.await(10, SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      if (isBroken) {
        throw new StoreUnavailableException("no disk", null);
      }
      written.add(List.copyOf(changed));
      changed.clear();
      return true;
    }

    @Override
    public void discard() {
      changed.clear();
    }
  }
}
