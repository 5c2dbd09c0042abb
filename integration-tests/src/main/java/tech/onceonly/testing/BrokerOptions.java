package tech.onceonly.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a {@link KafkaBroker} is started. Immutable.
 *
 * <p>Left alone, the broker is tuned to be up soon and to come back soon after a kill, not for
 * throughput: benchmarks ask for {@link Builder#fullSpeed}.
 */
public final class BrokerOptions {

  /** Up soon, 512 MB of heap. */
  public static final BrokerOptions DEFAULT = builder().build();

  private final int heapMegabytes;
  private final boolean fullSpeed;
  private final Map<String, String> properties;

  private BrokerOptions(Builder builder) {
    heapMegabytes = builder.heapMegabytes;
    fullSpeed = builder.fullSpeed;
    properties = Map.copyOf(builder.properties);
  }

  /** Starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** What every broker here is started with, and over it what the user of this class gave. */
  Map<String, String> brokerProperties() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("auto.create.topics.enable", "false");
    all.put("group.initial.rebalance.delay.ms", "0");
    all.put("offsets.topic.num.partitions", "1");
    all.put("offsets.topic.replication.factor", "1");
    all.put("transaction.state.log.num.partitions", "1");
    all.put("transaction.state.log.replication.factor", "1");
    all.put("transaction.state.log.min.isr", "1");
    all.put("share.coordinator.state.topic.num.partitions", "1");
    all.put("share.coordinator.state.topic.replication.factor", "1");
    all.put("share.coordinator.state.topic.min.isr", "1");
    // So that a test can outlive an acquisition lock; a group's own stays 30 s unless it is set.
    all.put("group.share.min.record.lock.duration.ms", "1000");
    // With group.protocol=consumer these are the broker's to say, and by default six times as long.
    all.put("group.consumer.min.session.timeout.ms", "6000");
    all.put("group.consumer.session.timeout.ms", "6000");
    all.put("group.consumer.min.heartbeat.interval.ms", "300");
    all.put("group.consumer.heartbeat.interval.ms", "300");
    // A killed member of a share group is assigned records until its session ends: 45 s by default.
    all.put("group.share.min.session.timeout.ms", "10000");
    all.put("group.share.session.timeout.ms", "10000");
    all.put("group.share.min.heartbeat.interval.ms", "300");
    all.put("group.share.heartbeat.interval.ms", "300");
    all.put("group.streams.min.session.timeout.ms", "6000");
    all.put("group.streams.session.timeout.ms", "6000");
    all.put("group.streams.min.heartbeat.interval.ms", "300");
    all.put("group.streams.heartbeat.interval.ms", "300");
    all.put("group.streams.initial.rebalance.delay.ms", "0");
    // A broker that was killed may register again only once its old session has run out.
    all.put("broker.session.timeout.ms", "1500");
    all.put("broker.heartbeat.interval.ms", "300");
    all.putAll(properties);
    return all;
  }

  List<String> jvmOptions() {
    List<String> options = new ArrayList<>();
    options.add("-Xmx" + heapMegabytes + "m");
    if (fullSpeed) {
      options.addAll(JavaProcessBuilder.FULL_SPEED);
    }
    return options;
  }

  int heapMegabytes() {
    return heapMegabytes;
  }

  /** Collects the settings; checked at {@link #build}. */
  public static final class Builder {

    private int heapMegabytes = 512;
    private boolean fullSpeed;
    private final Map<String, String> properties = new LinkedHashMap<>();

    private Builder() {}

    /** The broker's heap in megabytes; default 512, at least 256. */
    public Builder heapMegabytes(int megabytes) {
      heapMegabytes = megabytes;
      return this;
    }

    /** Lets the JVM compile the broker fully: slower to start, faster to run. Default: off. */
    public Builder fullSpeed() {
      fullSpeed = true;
      return this;
    }

    /** One of Kafka's broker settings, over the defaults of this class. */
    public Builder property(String name, String value) {
      properties.put(name, value);
      return this;
    }

    /** Checks and freezes. */
    public BrokerOptions build() {
      if (heapMegabytes < 256) {
        throw new IllegalArgumentException(
            "heapMegabytes is "
                + heapMegabytes
                + ": a broker needs at least 256; give that or more.");
      }
      return new BrokerOptions(this);
    }
  }
}
