package tech.onceonly;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A delivery of which each part is set. */
record TestDelivery(String destination, String position, Map<String, byte[]> headers)
    implements Delivery {

  static TestDelivery at(String position) {
    return new TestDelivery("orders", position, Map.of());
  }

  static TestDelivery keyed(String position, String key) {
    return at(position).with("Idempotency-Key", key.getBytes(StandardCharsets.UTF_8));
  }

  TestDelivery with(String name, byte[] value) {
    Map<String, byte[]> more = new HashMap<>(headers);
    more.put(name, value);
    return new TestDelivery(destination, position, more);
  }

  @Override
  public byte[] header(String name) {
    return headers.get(name);
  }
}
