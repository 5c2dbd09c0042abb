package tech.onceonly.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.onceonly.testing.EffectLog;

/**
 * A consumer in a process of its own, to be killed: by the test, or by itself at one record, before
 * or after that record's effect ({@code halt.before}, {@code halt.after}).
 */
final class WorkerMain {

  private WorkerMain() {}

  /** Takes {@code name=value} arguments. */
  public static void main(String[] arguments) {
    Map<String, String> given =
        Stream.of(arguments)
            .map(argument -> argument.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    LoopSettings settings =
        new LoopSettings(
            Hook.valueOf(given.get("hook")),
            given.get("brokers"),
            given.get("topic"),
            given.get("group"),
            given.getOrDefault("instance", ""),
            given.get("base.url"));
    EffectLog effects = EffectLog.open(Path.of(given.get("effects")));
    long nanos = Duration.ofMillis(Long.parseLong(given.getOrDefault("work.ms", "0"))).toNanos();
    String before = given.getOrDefault("halt.before", "");
    String after = given.getOrDefault("halt.after", "");
    ConsumerLoop loop =
        new ConsumerLoop(
            settings,
            each -> {
              LockSupport.parkNanos(nanos);
              if (each.value().equals(before)) {
                Runtime.getRuntime().halt(1);
              }
              effects.record(each.value(), each.partition() + "@" + each.offset());
              if (each.value().equals(after)) {
                Runtime.getRuntime().halt(1);
              }
            });
    loop.run();
  }
}
