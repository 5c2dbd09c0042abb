package tech.onceonly.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Single calls made close together, in one request, where the server takes batches. While so many
 * batches are on their way, what is called gathers for the next: nothing waits for company. On the
 * event loop alone.
 */
final class Batches {

  /** One is carried out while the next is on its way. */
  static final int IN_FLIGHT = 2;

  /** What has been on its way for longer does not keep the next from going. */
  static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** However slow they are. */
  static final int MOST_IN_FLIGHT = 8;

  /** Well below what the server takes, so that a batch is not refused for its size. */
  private static final int MOST_BYTES = 1_000_000;

  /** Refused as a whole, with nothing carried out: each is then sent alone. */
  private static final Set<Integer> REFUSED = Set.of(404, 405, 413, 422);

  private final Wire wire;
  private final Extensions extensions;
  private final boolean enabled;
  private final Supplier<String> requestIds;
  private final LongSupplier clock;

  Batches(ClientOptions options, Wire wire, Extensions extensions) {
    this.wire = wire;
    this.extensions = extensions;
    enabled = options.batching();
    requestIds = options.requestIds();
    clock = options.nanoClock();
  }

  /** Whether it may travel with others. */
  boolean takes(Call<?> call) {
    return enabled && extensions.batch() > 1 && call.operation() != null;
  }

  /** How many of them travel in one request: 1 where none do. */
  int most() {
    return enabled ? Math.max(1, extensions.batch()) : 1;
  }

  /** Takes as many of those that wait as one batch may have; leaves out what must not start. */
  List<Call<?>> gather(ArrayDeque<Call<?>> waiting, Predicate<Call<?>> starts) {
    List<Call<?>> gathered = new ArrayList<>();
    int most = extensions.batch();
    long bytes = 0;
    for (Call<?> next = waiting.peek();
        next != null && gathered.size() < most && takes(next);
        next = waiting.peek()) {
      JsonBytes body = next.body();
      bytes += body == null ? 0 : body.size();
      if (bytes > MOST_BYTES && !gathered.isEmpty()) {
        break;
      }
      waiting.remove();
      if (starts.test(next)) {
        gathered.add(next);
      }
    }
    return gathered;
  }

  /** The call that carries them; its own end tells nobody anything. */
  Call<Void> carrier(List<Call<?>> members) {
    long now = clock.getAsLong();
    return new Call<>(
        wire.batch(members),
        requestIds.get(),
        now,
        now,
        (answer, id) -> {
          throw new IllegalStateException("a batch's members are answered, not the batch");
        },
        (failure, id) -> null);
  }

  /**
   * Hands each member what it would have been answered alone.
   *
   * @param alone takes those that are to be sent by themselves
   */
  void answered(
      Attempt attempt, Answer answer, Transport.Outcomes outcomes, Consumer<Call<?>> alone) {
    if (REFUSED.contains(answer.status())) {
      attempt.end(
          any -> true,
          member -> {
            member.sendAlone();
            alone.accept(member);
          });
      return;
    }
    if (answer.status() == 409) {
      // No verdict on any of them: a duplicate that nobody has seen would be lost.
      malformed(attempt, "a conflict as the answer to a whole batch", outcomes);
      return;
    }
    if (answer.status() != 200) {
      attempt.end(any -> true, member -> outcomes.answered(member, answer));
      return;
    }
    List<Answer> answers = BatchAnswers.read(answer.bytes());
    List<Call<?>> members = attempt.members();
    if (answers == null || answers.size() != members.size()) {
      String why = "an answer to a batch of %d that does not have one for each";
      malformed(attempt, why.formatted(members.size()), outcomes);
      return;
    }
    attempt.end(any -> true, new InOrder(members, answers, outcomes));
  }

  private static void malformed(Attempt attempt, String why, Transport.Outcomes outcomes) {
    attempt.end(any -> true, member -> outcomes.failed(member, new MalformedAnswerException(why)));
  }

  /** Members come in their order; those that have ended meanwhile are passed over. */
  private static final class InOrder implements Consumer<Call<?>> {
    private final List<Call<?>> members;
    private final List<Answer> answers;
    private final Transport.Outcomes outcomes;
    private int next;

    InOrder(List<Call<?>> members, List<Answer> answers, Transport.Outcomes outcomes) {
      this.members = members;
      this.answers = answers;
      this.outcomes = outcomes;
    }

    @Override
    public void accept(Call<?> member) {
      while (members.get(next) != member) {
        next++;
      }
      outcomes.answered(member, answers.get(next++));
    }
  }
}
