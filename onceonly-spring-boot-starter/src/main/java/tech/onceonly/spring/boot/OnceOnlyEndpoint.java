package tech.onceonly.spring.boot;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import tech.onceonly.IdempotencyKey;
import tech.onceonly.client.KeyPage;
import tech.onceonly.client.KeyState;
import tech.onceonly.client.KeysNotOfferedException;
import tech.onceonly.client.OnceOnlyException;

/**
 * What was decided here, by group, and what the service knows of a key; releases a key, so that a
 * message can be replayed. It shows whole keys, and whoever may delete with it may run effects
 * again: expose it as such.
 *
 * <p>Keys are shown and released by the project's own server, to an API key of the admin role.
 */
@Endpoint(id = "onceonly")
public final class OnceOnlyEndpoint implements AutoCloseable {

  private static final int PAGE = 100;

  private final List<ProtectedListeners> listeners;
  private final GroupCounts counts;
  private final OperatorClient operator;

  OnceOnlyEndpoint(
      List<ProtectedListeners> listeners, GroupCounts counts, OperatorClient operator) {
    this.listeners = listeners;
    this.counts = counts;
    this.operator = operator;
  }

  /**
   * Without parameters: the counts of each group since the start, and who is refused.
   *
   * @param key what the service, and this process, know of it
   * @param prefix the keys that the service holds and that begin so, a hundred of them at most
   */
  @ReadOperation
  @SuppressWarnings("deprecation") // the annotation by which Boot 3 knows an optional parameter
  public WebEndpointResponse<Map<String, Object>> read(
      @org.springframework.lang.Nullable @Nullable String key,
      @org.springframework.lang.Nullable @Nullable String prefix) {
    Map<String, Object> shown = new LinkedHashMap<>();
    if (key != null) {
      return with(shown, () -> inspect(key, shown));
    }
    if (prefix != null) {
      return with(shown, () -> list(prefix, shown));
    }
    shown.put("groups", counts.snapshot());
    shown.put("refusals", ProtectedListeners.refusalsOf(listeners));
    return new WebEndpointResponse<>(shown);
  }

  /**
   * The effect of this key is to happen again. Each process remembers for some minutes what it has
   * finished: ask the others with {@code local}.
   *
   * @param local whether this process alone forgets it, and the service is not asked
   */
  @DeleteOperation
  @SuppressWarnings("deprecation") // as above
  public WebEndpointResponse<Map<String, Object>> release(
      String key, @org.springframework.lang.Nullable @Nullable Boolean local) {
    Map<String, Object> shown = new LinkedHashMap<>();
    return with(
        shown,
        () -> {
          IdempotencyKey forgotten = IdempotencyKey.of(key);
          if (!Boolean.TRUE.equals(local)) {
            shown.put("released", operator.client().sync().releaseKey(key));
          }
          shown.put("finishedHere", isFinishedHere(forgotten));
          listeners.forEach(each -> each.forgetFinished().accept(forgotten));
        });
  }

  @Override
  public void close() {
    operator.close();
  }

  private void inspect(String key, Map<String, Object> shown) {
    shown.put("finishedHere", isFinishedHere(IdempotencyKey.of(key)));
    KeyState state = operator.client().sync().inspect(key);
    shown.put("held", state.isHeld());
    shown.put("state", state);
  }

  private boolean isFinishedHere(IdempotencyKey key) {
    return listeners.stream().anyMatch(each -> each.isFinishedHere().test(key));
  }

  private void list(String prefix, Map<String, Object> shown) {
    KeyPage page = operator.client().sync().listKeys(prefix, PAGE, null);
    List<String> keys = page.keys().stream().map(KeyState::key).toList();
    shown.put("keys", keys);
    shown.put("more", page.cursor() != null);
  }

  /** What went wrong is shown beside what is known. */
  private static WebEndpointResponse<Map<String, Object>> with(
      Map<String, Object> shown, Runnable work) {
    try {
      work.run();
      return new WebEndpointResponse<>(shown);
    } catch (KeysNotOfferedException e) {
      return failed(shown, e, WebEndpointResponse.STATUS_NOT_FOUND);
    } catch (IllegalArgumentException e) {
      return failed(shown, e, WebEndpointResponse.STATUS_BAD_REQUEST);
    } catch (OnceOnlyException e) {
      return failed(shown, e, WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
    }
  }

  private static WebEndpointResponse<Map<String, Object>> failed(
      Map<String, Object> shown, RuntimeException cause, int status) {
    shown.put("error", String.valueOf(cause.getMessage()));
    return new WebEndpointResponse<>(shown, status);
  }
}
