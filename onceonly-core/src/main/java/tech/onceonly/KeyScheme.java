package tech.onceonly;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes keys: the scope, then what the first source finds.
 *
 * <p>A key is namespace, generation, destination, the source's name and its text. So two consumer
 * groups, two topics or two sources never share a key by accident; the price is that the same
 * business id in two topics is two effects. Blank text is no key: all deliveries that carry it
 * would be one effect. It is logged, at the first, tenth, hundredth of each destination, and the
 * next source is tried. Thread-safe.
 */
public final class KeyScheme {

  /** The generation where none is set. */
  public static final String DEFAULT_GENERATION = "1";

  private static final Logger LOG = LoggerFactory.getLogger(KeyScheme.class);

  private final String namespace;
  private final String generation;
  private final List<KeySource> sources;
  private final Occurrences blanks = new Occurrences();

  /** For each source the stem of the destination asked for last: deliveries come in runs. */
  private final AtomicReferenceArray<Stemmed> recent;

  private record Stemmed(String destination, IdempotencyKey.Stem stem) {}

  /**
   * @param namespace whose effects these are: the consumer group, or the scope that a JMS user
   *     gives
   * @param generation raised when everything is to be processed again on purpose
   * @param sources tried in order
   * @throws IllegalArgumentException if one of them is empty
   */
  public KeyScheme(String namespace, String generation, List<KeySource> sources) {
    if (namespace.isBlank()) {
      throw new IllegalArgumentException("namespace must not be empty");
    }
    if (generation.isBlank()) {
      throw new IllegalArgumentException("generation must not be empty");
    }
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("at least one key source is needed");
    }
    this.namespace = namespace;
    this.generation = generation;
    this.sources = List.copyOf(sources);
    recent = new AtomicReferenceArray<>(sources.size());
  }

  public String namespace() {
    return namespace;
  }

  public String generation() {
    return generation;
  }

  public List<KeySource> sources() {
    return sources;
  }

  /** The key of this delivery's effect; null where no source finds one. */
  public @Nullable IdempotencyKey keyOf(Delivery delivery) {
    for (int i = 0; i < sources.size(); i++) {
      KeySource source = sources.get(i);
      String text = textOf(source, delivery);
      if (text == null) {
        continue;
      }
      if (!text.isBlank()) {
        return stem(i, delivery.destination()).with(text);
      }
      warnOfBlank(source, delivery);
    }
    return null;
  }

  private IdempotencyKey.Stem stem(int source, String destination) {
    Stemmed last = recent.getPlain(source);
    if (last == null || !last.destination().equals(destination)) {
      String name = sources.get(source).name();
      last =
          new Stemmed(
              destination, new IdempotencyKey.Stem(namespace, generation, destination, name));
      recent.set(source, last);
    }
    return last.stem();
  }

  private void warnOfBlank(KeySource source, Delivery delivery) {
    long met = blanks.worthALine(delivery.destination());
    if (met > 0) {
      LOG.warn(
          "key source {} found blank text in {} {}, the {}. time in this destination: it is no key,"
              + " and the next source is tried; have the producer send a key, or nothing",
          source.name(),
          delivery.destination(),
          delivery.position(),
          met);
    }
  }

  private static @Nullable String textOf(KeySource source, Delivery delivery) {
    try {
      return source.keyOf(delivery);
    } catch (Throwable e) {
      UserFaults.throwIfFatal(e);
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
