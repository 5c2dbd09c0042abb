package tech.onceonly;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;

class KeysPropertyTest {

  private static final KeySource HEADER = KeySources.header("Idempotency-Key");

  /** Everything that a key is made of. */
  record Parts(String namespace, String generation, String destination, String position) {}

  @Property
  void differentPartsNeverShareAKey(@ForAll("parts") Parts one, @ForAll("parts") Parts other) {
    assertThat(positionKey(one).equals(positionKey(other))).isEqualTo(one.equals(other));
  }

  @Property
  void aMovedBoundaryBetweenPartsIsAnotherKey(@ForAll("text") String text) {
    for (int cut = 1; cut < text.length(); cut++) {
      String left = text.substring(0, cut);
      String right = text.substring(cut);
      assertThat(IdempotencyKey.ofParts(left, right, "x"))
          .isNotEqualTo(IdempotencyKey.ofParts(text, "x"))
          .isNotEqualTo(IdempotencyKey.ofParts(left, right + "x"));
    }
  }

  @Property
  void theSameDeliveryAlwaysHasTheSameKey(@ForAll("parts") Parts parts) {
    Parts copy =
        new Parts(
            new String(parts.namespace.toCharArray()),
            new String(parts.generation.toCharArray()),
            new String(parts.destination.toCharArray()),
            new String(parts.position.toCharArray()));
    assertThat(positionKey(parts)).isEqualTo(positionKey(copy));
  }

  @Property
  void aKeyIsMadeOfItsPartsWhateverWasAskedForBefore(
      @ForAll("parts") Parts one, @ForAll("parts") Parts other) {
    KeyScheme scheme = scheme(one);
    for (Parts next : List.of(one, one, other, one)) {
      assertThat(scheme.keyOf(new TestDelivery(next.destination, next.position, Map.of())))
          .isEqualTo(
              IdempotencyKey.ofParts(
                  one.namespace,
                  one.generation,
                  next.destination,
                  KeySources.position().name(),
                  next.position));
    }
  }

  @Property
  void everyKeyIsWithinTheWiresLimitsAndPlainAscii(
      @ForAll("parts") Parts parts, @ForAll byte[] header) {
    for (IdempotencyKey key : List.of(positionKey(parts), headerKey(parts, header))) {
      assertThat(key.value().length()).isBetween(1, IdempotencyKey.MAX_LENGTH);
      assertThat(key.value()).matches("[\\x21-\\x7e]+");
      assertThat(IdempotencyKey.of(key.value())).isEqualTo(key);
    }
  }

  @Property
  void differentHeaderBytesAreDifferentKeys(
      @ForAll @Size(min = 1, max = 40) byte[] one, @ForAll @Size(min = 1, max = 40) byte[] other) {
    Assume.that(!isBlank(one) && !isBlank(other));
    Parts parts = new Parts("g", "1", "orders", "0/1");
    assertThat(headerKey(parts, one).equals(headerKey(parts, other)))
        .isEqualTo(java.util.Arrays.equals(one, other));
  }

  @Property
  void bytesThatAreNoTextNeverMeetAText(@ForAll("text") String text, @ForAll byte[] bytes) {
    Parts parts = new Parts("g", "1", "orders", "0/1");
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    assertThat(headerKey(parts, utf8).equals(headerKey(parts, bytes)))
        .isEqualTo(java.util.Arrays.equals(utf8, bytes));
  }

  @Property
  void aBlankHeaderIsNone(
      @ForAll("parts") Parts parts, @ForAll @CharRange(from = '\t', to = '\r') String blank) {
    byte[] bytes = blank.getBytes(StandardCharsets.UTF_8);
    assertThat(headerKey(parts, bytes)).isEqualTo(positionKey(parts));
  }

  @Property
  void aSourceNeverMakesAnothersKey(@ForAll("parts") Parts parts) {
    byte[] asHeader = parts.position.getBytes(StandardCharsets.UTF_8);
    assertThat(headerKey(parts, asHeader)).isNotEqualTo(positionKey(parts));
  }

  @Property
  void cloudEventsAreNamedBySourceAndIdApart(
      @ForAll("text") String source, @ForAll("text") String id, @ForAll("text") String more) {
    String key = cloudEvent(source, id + more);
    assertThat(key).isEqualTo(cloudEvent(source, id + more));
    if (!more.isEmpty() && key != null && cloudEvent(source + more, id) != null) {
      assertThat(key).isNotEqualTo(cloudEvent(source + more, id));
    }
  }

  @Provide
  Arbitrary<String> text() {
    // Whole code points: a lone surrogate has no UTF-8 form to send in a header.
    return Arbitraries.oneOf(
            Arbitraries.strings().withChars(":%~/\\ \n\t").ofMaxLength(8),
            Arbitraries.strings().ascii().ofMaxLength(20),
            Arbitraries.strings().withChars("üß€ж").ofMaxLength(300))
        .filter(text -> !text.isBlank());
  }

  @Provide
  Arbitrary<Parts> parts() {
    Arbitrary<String> any =
        Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(30),
            Arbitraries.strings().withChars(":%~1").ofMaxLength(4),
            Arbitraries.strings().withCharRange('\uD800', '\uDFFF').ofMaxLength(3),
            Arbitraries.strings().ascii().ofMinLength(200).ofMaxLength(400));
    Arbitrary<String> named = any.filter(text -> !text.isBlank());
    return Combinators.combine(named, named, any, named).as(Parts::new);
  }

  private static boolean isBlank(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).isBlank();
  }

  private static IdempotencyKey positionKey(Parts parts) {
    return key(parts, Map.of());
  }

  private static IdempotencyKey headerKey(Parts parts, byte[] header) {
    return key(parts, Map.of("Idempotency-Key", header));
  }

  private static IdempotencyKey key(Parts parts, Map<String, byte[]> headers) {
    return scheme(parts).keyOf(new TestDelivery(parts.destination, parts.position, headers));
  }

  private static KeyScheme scheme(Parts parts) {
    return new KeyScheme(parts.namespace, parts.generation, List.of(HEADER, KeySources.position()));
  }

  private static String cloudEvent(String source, String id) {
    return KeySources.cloudEvents()
        .keyOf(
            TestDelivery.at("0/1")
                .with("ce_source", source.getBytes(StandardCharsets.UTF_8))
                .with("ce_id", id.getBytes(StandardCharsets.UTF_8)));
  }
}
