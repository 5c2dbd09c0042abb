package tech.onceonly.it;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;

/** How the members of a group come to their partitions. */
enum GroupProtocol {
  EAGER(RangeAssignor.class, false),
  COOPERATIVE(CooperativeStickyAssignor.class, false),
  CONSUMER(null, false),
  STATIC(RangeAssignor.class, true),
  STATIC_CONSUMER(null, true);

  private final Class<?> assignor;
  private final boolean isStatic;

  /**
   * @param assignor null for the protocol in which the broker assigns
   */
  GroupProtocol(Class<?> assignor, boolean isStatic) {
    this.assignor = assignor;
    this.isStatic = isStatic;
  }

  /** The settings of the member of this name. */
  Map<String, Object> consumer(String member) {
    Map<String, Object> properties = new HashMap<>();
    if (assignor == null) {
      // Timeouts and heartbeats are the broker's there; see BrokerOptions.
      properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
    } else {
      properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, assignor.getName());
      properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
      properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 300);
    }
    if (isStatic) {
      properties.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, member);
    }
    return properties;
  }
}
