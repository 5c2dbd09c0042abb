package tech.onceonly.client;

import org.jspecify.annotations.Nullable;

/**
 * What a plan has used up. Null is what the service did not tell.
 *
 * @param month as the service names it
 */
public record Usage(
    @Nullable String plan,
    @Nullable String month,
    @Nullable Long usage,
    @Nullable Long limit,
    @Nullable Long requestsTotalMonth,
    @Nullable Long blockedTotalMonth) {}
