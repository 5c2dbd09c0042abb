package tech.onceonly.client;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Ids in the form of a UUID: a random beginning of its own for each client, then a count. */
final class RequestIds implements Supplier<String> {

  private static final int PREFIX_LENGTH = 24;
  private static final int LENGTH = 36;
  private static final int BITS_OF_A_DIGIT = 4;

  private final byte[] prefix;
  private final AtomicLong count;

  private RequestIds(UUID random) {
    this.prefix = random.toString().substring(0, PREFIX_LENGTH).getBytes(StandardCharsets.US_ASCII);
    // Where two clients draw the same beginning, their counts still differ.
    this.count = new AtomicLong(random.getLeastSignificantBits() & 0xFFFF_FFFFL);
  }

  static RequestIds random() {
    return new RequestIds(UUID.randomUUID());
  }

  @Override
  public String get() {
    byte[] id = Arrays.copyOf(prefix, LENGTH);
    long left = count.getAndIncrement();
    for (int i = LENGTH - 1; i >= PREFIX_LENGTH; i--) {
      id[i] = (byte) Character.forDigit((int) left & 0xF, 16);
      left >>>= BITS_OF_A_DIGIT;
    }
    return new String(id, StandardCharsets.ISO_8859_1);
  }
}
