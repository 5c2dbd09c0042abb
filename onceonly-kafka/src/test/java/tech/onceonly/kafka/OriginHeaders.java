package tech.onceonly.kafka;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** What Spring Kafka writes about where a record came from. */
public final class OriginHeaders {

  private OriginHeaders() {}

  public static RecordHeaders add(
      RecordHeaders headers,
      String prefix,
      String topic,
      int partition,
      long offset,
      long timestamp) {
    headers
        .add(prefix + "topic", topic.getBytes(StandardCharsets.UTF_8))
        .add(prefix + "partition", ByteBuffer.allocate(4).putInt(partition).array())
        .add(prefix + "offset", ByteBuffer.allocate(8).putLong(offset).array())
        .add(prefix + "timestamp", ByteBuffer.allocate(8).putLong(timestamp).array());
    return headers;
  }
}
