package tech.onceonly.spring.boot;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tech.onceonly.Mode;
import tech.onceonly.client.Idempotent;

/** The properties under {@code onceonly.idempotent}. Not for use in code. */
public class IdempotentProperties {

  /** Right outside of transactions and caches, whose advice has the lowest precedence. */
  static final int DEFAULT_ORDER = Integer.MAX_VALUE - 100;

  static final Duration DEFAULT_LEASE_TTL = Duration.ofSeconds(60);

  /** Whether methods with @Idempotent are claimed at all. If not, they run unprotected. */
  private boolean enabled = true;

  /** The mode of methods that set none. Listener methods are always claimed by lease. */
  private Mode mode = Mode.LEASE;

  /** Whose effects these are. Without it, spring.application.name. */
  private @Nullable String namespace;

  /** How long a check-lock claim is remembered. Without it, as the plan says. */
  private @Nullable Duration ttl;

  /** How long a lease lasts without a heartbeat. */
  private Duration leaseTtl = DEFAULT_LEASE_TTL;

  /** In lease mode, how long a call waits for another of its key. */
  private Duration waitForOthers = Idempotent.Builder.DEFAULT_WAIT;

  /** The order of the claim's advice. Lower is further out than a transaction's, which is last. */
  private int order = DEFAULT_ORDER;

  public boolean isEnabled() {
    return enabled;
  }

  public void setEnabled(boolean value) {
    enabled = value;
  }

  public Mode getMode() {
    return mode;
  }

  public void setMode(Mode value) {
    mode = value;
  }

  public @Nullable String getNamespace() {
    return namespace;
  }

  public void setNamespace(@Nullable String value) {
    namespace = value;
  }

  public @Nullable Duration getTtl() {
    return ttl;
  }

  public void setTtl(@Nullable Duration value) {
    ttl = value;
  }

  public Duration getLeaseTtl() {
    return leaseTtl;
  }

  public void setLeaseTtl(Duration value) {
    leaseTtl = value;
  }

  public Duration getWaitForOthers() {
    return waitForOthers;
  }

  public void setWaitForOthers(Duration value) {
    waitForOthers = value;
  }

  public int getOrder() {
    return order;
  }

  public void setOrder(int value) {
    order = value;
  }
}
