package tech.onceonly.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Makes functions idempotent. Thread-safe. */
public final class OnceOnly {

  private OnceOnly() {}

  /**
   * Begins an idempotent form of a function.
   *
   * @param name of the function; goes into its keys, so it must stay when the code is renamed
   * @param resultType what the function returns, for results that are replayed
   */
  public static <R> Idempotent.Builder<R> idempotent(
      OnceOnlyClient client, String name, Class<R> resultType) {
    return new Idempotent.Builder<>(client, name, resultType);
  }

  /** As the other, for results of a generic type, such as a list of orders. */
  public static <R> Idempotent.Builder<R> idempotentOfType(
      OnceOnlyClient client, String name, Type resultType) {
    return new Idempotent.Builder<>(client, name, resultType);
  }

  /**
   * The key of a call: the SHA-256, in lower-case hex, of the UTF-8 of a JSON array of the name and
   * the arguments, written so:
   *
   * <ul>
   *   <li>no space between tokens; object keys sorted by their UTF-16 code units;
   *   <li>texts escape {@code "}, {@code \} and the characters below U+0020, these as {@code \b \t
   *       \n \f \r} or else {@code \}{@code u00xx} in lower case, and nothing more;
   *   <li>numbers are plain decimals with no exponent, no leading zeros and no trailing zeros after
   *       the point: {@code 100}, {@code 1.5}, {@code 0}; a binary floating-point number stands for
   *       the shortest decimal that reads back as it;
   *   <li>arguments become JSON as Jackson writes them by default.
   * </ul>
   *
   * <p>So {@code key("charge", Map.of("id", "o-1", "amount", 12.50))} is the SHA-256 of {@code
   * ["charge",{"amount":12.5,"id":"o-1"}]}.
   *
   * @throws IllegalArgumentException if an argument has no JSON form
   */
  public static String key(String name, @Nullable Object... arguments) {
    ArrayNode call = Json.MAPPER.createArrayNode().add(name);
    for (Object argument : arguments) {
      call.add(Json.MAPPER.<JsonNode>valueToTree(argument));
    }
    StringBuilder text = new StringBuilder(128);
    CanonicalJson.write(call, text);
    try {
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
