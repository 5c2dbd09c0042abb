package tech.onceonly.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The result of work that was done under a lease.
 *
 * @param status the service's word, in lower case: {@code completed}, {@code failed} or other
 * @param json the result as JSON text; null where there is none
 * @param errorCode null unless it failed
 * @param doneAt null where not told
 */
public record StoredResult(
    String key,
    String status,
    @Nullable String json,
    @Nullable String errorCode,
    @Nullable Instant doneAt) {}
