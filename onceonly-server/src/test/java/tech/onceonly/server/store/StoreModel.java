package tech.onceonly.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a store must answer, told in the plainest way, by words alone: one map for the claims, one
 * for the leases, and no bound. It shares no code with any store.
 */
final class StoreModel {
  private record Claimed(String by, long until, String fingerprint) {}

  private record Released(String by, long until) {}

  private record Leased(String state, String by, long version, long end, String fingerprint) {}

  private final Map<String, Claimed> claims = new HashMap<>();
  private final Map<String, List<Released>> releases = new HashMap<>();
  private final Map<String, Leased> leases = new HashMap<>();

  /** One of its own that knows the same. */
  StoreModel copy() {
    StoreModel copy = new StoreModel();
    copy.claims.putAll(claims);
    releases.forEach((key, ofKey) -> copy.releases.put(key, new ArrayList<>(ofKey)));
    copy.leases.putAll(leases);
    return copy;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoreModel model
        && claims.equals(model.claims)
        && releases.equals(model.releases)
        && leases.equals(model.leases);
  }

  @Override
  public int hashCode() {
    return Objects.hash(claims, releases, leases);
  }

  String checkLock(String key, String requestId, String fingerprint, long ttl, long now) {
    Claimed held = claims.get(key);
    if (held != null && now < held.until()) {
      return held.by().equals(requestId)
          ? "LOCKED"
          : "DUPLICATE" + mismatch(held.fingerprint(), fingerprint);
    }
    for (Released released : releases.getOrDefault(key, List.of())) {
      if (now < released.until() && released.by().equals(requestId)) {
        return "DUPLICATE";
      }
    }
    claims.put(key, new Claimed(requestId, now + ttl * 1000, fingerprint));
    return "LOCKED";
  }

  String release(String key, String requestId, long now) {
    Claimed held = claims.get(key);
    boolean isHeld = held != null && now < held.until();
    if (isHeld && !held.by().equals(requestId)) {
      return "false";
    }
    claims.remove(key);
    List<Released> ofKey = releases.computeIfAbsent(key, unused -> new ArrayList<>());
    ofKey.removeIf(released -> released.by().equals(requestId));
    ofKey.add(new Released(requestId, now + Duration.ofMinutes(5).toMillis()));
    return String.valueOf(isHeld);
  }

  String lease(String key, String leaseId, String fingerprint, long ttl, long now) {
    Leased known = known(key, now);
    String status = status(known, now);
    if (!status.equals("FREE")) {
      return "taken "
          + status
          + " v"
          + known.version()
          + mismatch(known.fingerprint(), fingerprint);
    }
    long version = known == null ? 1 : known.version() + 1;
    leases.put(key, new Leased("held", leaseId, version, now + ttl * 1000, fingerprint));
    return "acquired v" + version;
  }

  /**
   * @param becomes held where it is extended, else completed, failed or cancelled
   */
  String settle(String key, String leaseId, String becomes, long ttl, long now) {
    Leased known = known(key, now);
    if (known == null || !known.by().equals(leaseId)) {
      return "lost " + status(known, now);
    }
    boolean isRepetition = known.state().equals(becomes) && !becomes.equals("held");
    if (!known.state().equals("held") && !isRepetition) {
      return "lost " + status(known, now);
    }
    if (!isRepetition) {
      long end = becomes.equals("held") ? now + ttl * 1000 : now;
      leases.put(key, new Leased(becomes, leaseId, known.version(), end, known.fingerprint()));
    }
    return "settled " + status(leases.get(key), now) + " v" + known.version();
  }

  String free(String key, long now) {
    String before = inspect(key, now);
    claims.remove(key);
    releases.remove(key);
    Leased known = known(key, now);
    if (known != null && !known.state().equals("released")) {
      leases.put(key, new Leased("released", "", known.version(), now, null));
    }
    return before;
  }

  String inspect(String key, long now) {
    Claimed held = claims.get(key);
    String claim = held != null && now < held.until() ? "claimed" : "unclaimed";
    return claim + " " + status(known(key, now), now);
  }

  String status(String key, long now) {
    return status(known(key, now), now);
  }

  private static String mismatch(String one, String other) {
    return one != null && other != null && !one.equals(other) ? " MISMATCH" : "";
  }

  private Leased known(String key, long now) {
    Leased lease = leases.get(key);
    if (lease == null) {
      return null;
    }
    boolean hasEnded = lease.state().equals("completed") || lease.state().equals("failed");
    long remembered = (hasEnded ? Duration.ofDays(7) : Duration.ofDays(1)).toMillis();
    return now < lease.end() + remembered ? lease : null;
  }

  private static String status(Leased lease, long now) {
    if (lease == null) {
      return "FREE";
    }
    return switch (lease.state()) {
      case "held" -> now < lease.end() ? "IN_PROGRESS" : "FREE";
      case "completed" -> "COMPLETED";
      case "failed" -> "FAILED";
      default -> "FREE";
    };
  }
}
