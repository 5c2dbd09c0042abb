package tech.onceonly;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes keys: the scope, then what the first source finds.
 *
 * <p>A key is namespace, generation, destination, the source's name and its text. So two consumer
 * groups, two topics or two sources never share a key by accident; the price is that the same
 * business id in two topics is two effects. Immutable and thread-safe.
 *
 * @param namespace whose effects these are: the consumer group, or the scope that a JMS user gives
 * @param generation raised when everything is to be processed again on purpose
 * @param sources tried in order
 */
public record KeyScheme(String namespace, String generation, List<KeySource> sources) {

  /** The generation where none is set. */
  public static final String DEFAULT_GENERATION = "1";

  private static final Logger LOG = LoggerFactory.getLogger(KeyScheme.class);

  public KeyScheme {
    if (namespace.isBlank()) {
      throw new IllegalArgumentException("namespace must not be empty");
    }
    if (generation.isBlank()) {
      throw new IllegalArgumentException("generation must not be empty");
    }
    sources = List.copyOf(sources);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("at least one key source is needed");
    }
  }

  /** The key of this delivery's effect; null where no source finds one. */
  public @Nullable IdempotencyKey keyOf(Delivery delivery) {
    for (KeySource source : sources) {
      String text = textOf(source, delivery);
      if (text != null && !text.isEmpty()) {
        return IdempotencyKey.ofParts(
            namespace, generation, delivery.destination(), source.name(), text);
      }
    }
    return null;
  }

  private static @Nullable String textOf(KeySource source, Delivery delivery) {
    try {
      return source.keyOf(delivery);
    } catch (RuntimeException e) {
      LOG.warn(
          "key source {} failed for {} {}; the next one is tried",
          source.name(),
          delivery.destination(),
          delivery.position(),
          e);
      return null;
    }
  }
}
