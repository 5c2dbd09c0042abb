package tech.onceonly.it.connect;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import tech.onceonly.testing.EffectLog;

/** Refuses what it is given until a file is there, as a sink does whose database is not. */
public final class EffectSinkTask extends SinkTask {

  private EffectLog effects;
  private long workNanos;
  private Path ready;

  @Override
  public void start(Map<String, String> properties) {
    effects = EffectLog.open(Path.of(properties.get(EffectSinkConnector.EFFECTS)));
    ready = Path.of(properties.get(EffectSinkConnector.REFUSES_WITHOUT));
    workNanos =
        Duration.ofMillis(Long.parseLong(properties.getOrDefault(EffectSinkConnector.WORK_MS, "0")))
            .toNanos();
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    if (!records.isEmpty() && !Files.exists(ready)) {
      context.timeout(100);
      throw new RetriableException("the sink is not ready: the batch is to be given to it again");
    }
    for (SinkRecord each : records) {
      LockSupport.parkNanos(workNanos);
      effects.record(
          String.valueOf(each.value()), each.kafkaPartition() + "@" + each.kafkaOffset());
    }
  }

  @Override
  public void stop() {
    effects.close();
  }

  @Override
  public String version() {
    return "1";
  }
}
