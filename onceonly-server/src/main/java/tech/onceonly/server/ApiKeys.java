package tech.onceonly.server;

import static tech.onceonly.server.SettingException.check;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who may come in: the API keys of the tenant without a name, and the tenants of a file. Not
 * thread-safe.
 */
final class ApiKeys {
  private static final int MAX_CHARS = 512;

  private final Set<String> keys = new LinkedHashSet<>();
  private final Set<String> adminKeys = new LinkedHashSet<>();
  private List<TenantSettings> inFile = List.of();

  void add(String key) {
    keys.add(key);
  }

  void addAdmin(String key) {
    adminKeys.add(key);
  }

  void setTenants(List<TenantSettings> tenants) {
    inFile = tenants;
  }

  /**
   * The tenant without a name, where it has keys, and those of the file.
   *
   * @param plan of the one without a name
   * @throws IllegalArgumentException naming the setting and the mend, and no key
   */
  List<TenantSettings> tenants(Plan plan) {
    check(
        !keys.isEmpty() || !adminKeys.isEmpty() || !inFile.isEmpty(),
        "%s is missing: give at least one with apiKey(...) or adminKey(...), or a file with"
            + " tenants(...)",
        Setting.API_KEY);
    check(
        adminKeys.isEmpty() || !keys.isEmpty() || inFile.isEmpty(),
        "%s is an administrator's of the tenant that has no name, not of those that %s has: name it"
            + " there, or give %s too",
        Setting.ADMIN_KEY,
        Setting.TENANTS,
        Setting.API_KEY);
    checkUsable(Setting.API_KEY, keys);
    checkUsable(Setting.ADMIN_KEY, adminKeys);
    check(
        Collections.disjoint(keys, adminKeys),
        "a key of %s is one of %s too: choose another, for it may do more",
        Setting.ADMIN_KEY,
        Setting.API_KEY);
    checkNoneIsInFile(Setting.API_KEY, keys);
    checkNoneIsInFile(Setting.ADMIN_KEY, adminKeys);
    if (keys.isEmpty() && adminKeys.isEmpty()) {
      return inFile;
    }
    List<TenantSettings> all = new ArrayList<>();
    all.add(new TenantSettings("", plan, null, null, digestsOf(keys), digestsOf(adminKeys)));
    all.addAll(inFile);
    return List.copyOf(all);
  }

  /** The key itself stays out of the message. */
  private static void checkUsable(Setting setting, Set<String> keys) {
    check(
        keys.stream().allMatch(ApiKeys::isUsable),
        "%s: a key is blank, longer than %d characters or holds a character other than visible"
            + " ASCII: choose another",
        setting,
        MAX_CHARS);
  }

  private void checkNoneIsInFile(Setting setting, Set<String> keys) {
    Set<String> taken =
        inFile.stream()
            .flatMap(tenant -> Stream.of(tenant.keys(), tenant.adminKeys()))
            .collect(HashSet::new, Set::addAll, Set::addAll);
    check(
        Collections.disjoint(digestsOf(keys), taken),
        "%s: a key is a tenant's of the file too: choose another",
        setting);
  }

  private static Set<String> digestsOf(Set<String> keys) {
    return keys.stream().map(Auth::digestOf).collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isUsable(String apiKey) {
    return !apiKey.isEmpty()
        && apiKey.length() <= MAX_CHARS
        && apiKey.chars().allMatch(c -> c > 0x20 && c < 0x7F);
  }
}
