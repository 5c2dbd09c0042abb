package tech.onceonly.it.connect;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** A sink whose effects are lines of an effect log. */
public final class EffectSinkConnector extends SinkConnector {

  static final String EFFECTS = "effects";
  static final String WORK_MS = "work.ms";
  static final String REFUSES_WITHOUT = "refuses.without";

  private Map<String, String> properties = Map.of();

  @Override
  public void start(Map<String, String> given) {
    properties = Map.copyOf(given);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return EffectSinkTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return Collections.nCopies(maxTasks, properties);
  }

  @Override
  public void stop() {}

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define(EFFECTS, Type.STRING, Importance.HIGH, "file of the effect log")
        .define(REFUSES_WITHOUT, Type.STRING, Importance.HIGH, "file that the sink waits for")
        .define(WORK_MS, Type.LONG, 0, Importance.LOW, "how long a record takes");
  }

  @Override
  public String version() {
    return "1";
  }
}
