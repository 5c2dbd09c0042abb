package tech.onceonly.it.share;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.onceonly.GuardEvents;
import tech.onceonly.Mode;
import tech.onceonly.testing.EffectLog;

/**
 * A share group's member in a process of its own, to be killed: by the test, or by itself at one
 * record, before or after that record's effect ({@code halt.before}, {@code halt.after}).
 */
final class ShareWorkerMain {

  private ShareWorkerMain() {}

  /** Takes {@code name=value} arguments. */
  public static void main(String[] arguments) {
    Map<String, String> given =
        Stream.of(arguments)
            .map(argument -> argument.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    EffectLog effects = EffectLog.open(Path.of(given.get("effects")));
    long nanos = Duration.ofMillis(Long.parseLong(given.getOrDefault("work.ms", "0"))).toNanos();
    String before = given.getOrDefault("halt.before", "");
    String after = given.getOrDefault("halt.after", "");
    String topic = given.get("topic");
    new ShareMember(
            given.get("brokers"),
            topic,
            ShareMember.options(
                topic,
                Mode.valueOf(given.get("mode")),
                given.get("base.url"),
                true,
                GuardEvents.NONE),
            new HashMap<>(),
            each -> {
              LockSupport.parkNanos(nanos);
              if (each.value().equals(before)) {
                Runtime.getRuntime().halt(1);
              }
              effects.record(each.value(), each.partition() + "@" + each.offset());
              if (each.value().equals(after)) {
                Runtime.getRuntime().halt(1);
              }
            })
        .run();
  }
}
