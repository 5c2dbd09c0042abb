package tech.onceonly.spring.boot;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tech.onceonly.GuardOptions;
import tech.onceonly.Mode;

/**
 * What may be set for all listeners of a broker, and for one. What is null is not set. Not for use
 * in code.
 */
public abstract class ListenerProperties {

  /** Whether deliveries are claimed at all. Without it, they are. */
  private @Nullable Boolean enabled;

  /** check-lock (the default), or lease for effects that must survive a crash. */
  private @Nullable Mode mode;

  /** How long a check-lock claim is remembered. Without it, as the plan says. */
  private @Nullable Duration ttl;

  /** How long a lease lasts without a heartbeat. Without it, 60s. */
  private @Nullable Duration leaseTtl;

  /**
   * How long a lease is renewed while no outcome of its poll is told, so that a listener that hangs
   * is overtaken at last. Without it, 1h.
   */
  private @Nullable Duration maxRenewal;

  /** Raised when everything is to be processed again on purpose. Without it, 1. */
  private @Nullable String generation;

  /**
   * Whether deliveries run, unprotected and counted, while the API is down. Without it, they do.
   */
  private @Nullable Boolean failOpen;

  /**
   * What becomes of a delivery in which no key is found: process-unprotected (the default), or
   * refuse.
   */
  private GuardOptions.@Nullable NoKey noKey;

  /**
   * Has another delivery that is skipped for the same key noticed: payload, or the name of a class
   * that implements Fingerprint. It changes no decision. Without it, none.
   */
  private @Nullable String fingerprint;

  /** Decide, claim and count, but run everything. Without it, false. */
  private @Nullable Boolean dryRun;

  ListenerProperties() {}

  static <T> void given(@Nullable T value, Consumer<T> setting) {
    if (value != null) {
      setting.accept(value);
    }
  }

  public @Nullable Boolean getEnabled() {
    return enabled;
  }

  public void setEnabled(@Nullable Boolean value) {
    enabled = value;
  }

  public @Nullable Mode getMode() {
    return mode;
  }

  public void setMode(@Nullable Mode value) {
    mode = value;
  }

  public @Nullable Duration getTtl() {
    return ttl;
  }

  public void setTtl(@Nullable Duration value) {
    ttl = value;
  }

  public @Nullable Duration getLeaseTtl() {
    return leaseTtl;
  }

  public void setLeaseTtl(@Nullable Duration value) {
    leaseTtl = value;
  }

  public @Nullable Duration getMaxRenewal() {
    return maxRenewal;
  }

  public void setMaxRenewal(@Nullable Duration value) {
    maxRenewal = value;
  }

  public @Nullable String getGeneration() {
    return generation;
  }

  public void setGeneration(@Nullable String value) {
    generation = value;
  }

  public @Nullable Boolean getFailOpen() {
    return failOpen;
  }

  public void setFailOpen(@Nullable Boolean value) {
    failOpen = value;
  }

  public GuardOptions.@Nullable NoKey getNoKey() {
    return noKey;
  }

  public void setNoKey(GuardOptions.@Nullable NoKey value) {
    noKey = value;
  }

  public @Nullable String getFingerprint() {
    return fingerprint;
  }

  public void setFingerprint(@Nullable String value) {
    fingerprint = value;
  }

  public @Nullable Boolean getDryRun() {
    return dryRun;
  }

  public void setDryRun(@Nullable Boolean value) {
    dryRun = value;
  }

  boolean isOff() {
    return Boolean.FALSE.equals(enabled);
  }
}
