package tech.onceonly.client;

import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Ids in the form of a UUID: a random beginning of its own for each client, then a count. */
final class RequestIds implements Supplier<String> {

  private static final int PREFIX_LENGTH = 24;
  private static final int COUNT_DIGITS = 12;

  private final String prefix;
  private final AtomicLong count;

  private RequestIds(UUID random) {
    this.prefix = random.toString().substring(0, PREFIX_LENGTH);
    // Where two clients draw the same beginning, their counts still differ.
    this.count = new AtomicLong(random.getLeastSignificantBits() & 0xFFFF_FFFFL);
  }

  static RequestIds random() {
    return new RequestIds(UUID.randomUUID());
  }

  @Override
  public String get() {
    return prefix + HexFormat.of().toHexDigits(count.getAndIncrement(), COUNT_DIGITS);
  }
}
