package tech.onceonly.client;

import org.jspecify.annotations.Nullable;

/** 402: the plan's limit is reached. Never fails open. */
public final class OverLimitException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  private final @Nullable String plan;
  private final @Nullable Long limit;
  private final @Nullable Long usage;
  private final @Nullable String upgradeUrl;

  OverLimitException(
      String message,
      @Nullable String plan,
      @Nullable Long limit,
      @Nullable Long usage,
      @Nullable String upgradeUrl) {
    super(message);
    this.plan = plan;
    this.limit = limit;
    this.usage = usage;
    this.upgradeUrl = upgradeUrl;
  }

  /** The plan's name; null where not told. */
  public @Nullable String plan() {
    return plan;
  }

  /** Calls a month; null where not told. */
  public @Nullable Long limit() {
    return limit;
  }

  /** Calls this month; null where not told. */
  public @Nullable Long usage() {
    return usage;
  }

  /** Where to get a larger plan; null where not told. */
  public @Nullable String upgradeUrl() {
    return upgradeUrl;
  }
}
