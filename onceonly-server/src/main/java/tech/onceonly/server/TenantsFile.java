package tech.onceonly.server;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the file that tells a server its tenants. It holds hashes of API keys, and no API key. */
final class TenantsFile {
  /** Each request is compared with every one of them. */
  static final int MAX_KEYS = 1_000;

  private static final int MAX_PER_SECOND = 1_000_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .build();

  private final Path file;
  private final Set<String> names = new HashSet<>();
  private final Set<String> hashes = new HashSet<>();

  private TenantsFile(Path file) {
    this.file = file;
  }

  private record Content(@Nullable List<@Nullable Entry> tenants) {}

  private record Entry(
      @Nullable String name,
      @Nullable String plan,
      @JsonProperty("limit_per_month") @Nullable Long limitPerMonth,
      @JsonProperty("requests_per_second") @Nullable Integer requestsPerSecond,
      @Nullable List<@Nullable Key> keys) {}

  private record Key(@Nullable String sha256, @Nullable String role) {}

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException naming the place in the file, and the mend
   */
  static List<TenantSettings> read(Path file) {
    Content content;
    try {
      content = JSON.readValue(Files.readAllBytes(file), Content.class);
    } catch (JsonProcessingException e) {
      throw TenantsFileFaults.explained(file, e);
    } catch (IOException e) {
      throw new SettingException(
          e, "%s file %s can't be read: %s", Setting.TENANTS, file, FileFaults.told(e));
    }
    return new TenantsFile(file).checked(content);
  }

  private List<TenantSettings> checked(@Nullable Content content) {
    List<@Nullable Entry> entries = content == null ? null : content.tenants();
    if (entries == null || entries.isEmpty()) {
      throw wrong("names no tenants: give it \"tenants\": [{\"name\": …, \"keys\": […]}]");
    }
    List<TenantSettings> tenants = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry == null) {
        throw wrong("has a null among its tenants, as number " + (i + 1));
      }
      tenants.add(checked(entry, i + 1));
    }
    return List.copyOf(tenants);
  }

  private TenantSettings checked(Entry entry, int number) {
    String name = entry.name();
    if (name == null || !NAME.matcher(name).matches()) {
      throw wrong(
          "has as name of tenant number %d %s: give it 1 to 64 letters, digits, '.', '_' or '-'"
              .formatted(number, name == null ? "none" : "'" + name + "'"));
    }
    if (!names.add(name)) {
      throw wrong("has tenant '" + name + "' twice");
    }
    Plan plan = entry.plan() == null ? ServerOptions.DEFAULT_PLAN : Plan.ofWord(entry.plan());
    if (plan == null) {
      throw wrong(name, "plan '" + entry.plan() + "' is none of free, starter, pro, agency");
    }
    if (entry.limitPerMonth() != null && entry.limitPerMonth() < 0) {
      throw wrong(name, "limit_per_month " + entry.limitPerMonth() + " is below 0");
    }
    Integer rate = entry.requestsPerSecond();
    if (rate != null && (rate < 1 || rate > MAX_PER_SECOND)) {
      throw wrong(name, "requests_per_second " + rate + " is not within 1 to " + MAX_PER_SECOND);
    }
    Set<String> plain = new LinkedHashSet<>();
    Set<String> admin = new LinkedHashSet<>();
    List<@Nullable Key> keys = entry.keys() == null ? List.of() : entry.keys();
    for (int i = 0; i < keys.size(); i++) {
      Key key = keys.get(i);
      String place = "keys[" + i + "]";
      (isAdmin(name, place, key) ? admin : plain).add(hashOf(name, place, key));
    }
    if (plain.isEmpty() && admin.isEmpty()) {
      throw wrong(name, "there are no keys: give \"keys\": [{\"sha256\": …}]");
    }
    return new TenantSettings(name, plan, entry.limitPerMonth(), rate, plain, admin);
  }

  private boolean isAdmin(String name, String place, @Nullable Key key) {
    String role = key == null || key.role() == null ? "use" : key.role();
    return switch (role) {
      case "use" -> false;
      case "admin" -> true;
      default -> throw wrong(name, place + ".role is neither use nor admin");
    };
  }

  private String hashOf(String name, String place, @Nullable Key key) {
    String hash = key == null || key.sha256() == null ? "" : key.sha256().toLowerCase(Locale.ROOT);
    if (!SHA_256.matcher(hash).matches()) {
      // What is there may be an API key in clear: it stays out of the message.
      throw wrong(
          name,
          place
              + ".sha256 is not 64 hexadecimal digits: printf %s \"$KEY\" | sha256sum tells them");
    }
    if (!hashes.add(hash)) {
      throw wrong(name, place + ".sha256 stands in the file twice");
    }
    if (hashes.size() > MAX_KEYS) {
      throw wrong("has more than " + MAX_KEYS + " keys");
    }
    return hash;
  }

  private SettingException wrong(String tenant, String fault) {
    return wrong("has a fault in tenant '" + tenant + "': " + fault);
  }

  private SettingException wrong(String fault) {
    return new SettingException("%s file %s %s", Setting.TENANTS, file, fault);
  }
}
