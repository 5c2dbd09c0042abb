package tech.onceonly.spring.boot;

import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;

/**
 * Tells of settings for a listener that there is not, whose effects would otherwise be protected in
 * another way than somebody thinks, and nobody be told. With {@code strict} before any listener
 * begins, so that what is registered later is refused too; else once the application is ready, with
 * all that it has registered until then.
 */
final class UnmatchedListeners
    implements SmartLifecycle, ApplicationListener<ApplicationReadyEvent> {

  private static final Logger LOG = LoggerFactory.getLogger(UnmatchedListeners.class);

  private final String property;
  private final boolean strict;
  private final Supplier<SortedSet<String>> unmatched;
  private final Supplier<SortedSet<String>> listeners;
  private volatile boolean running;

  /**
   * @param property under which the listeners' settings stand
   * @param unmatched the ids that settings name and no listener has
   * @param listeners the ids of those that there are
   */
  UnmatchedListeners(
      String property,
      boolean strict,
      Supplier<SortedSet<String>> unmatched,
      Supplier<SortedSet<String>> listeners) {
    this.property = property;
    this.strict = strict;
    this.unmatched = unmatched;
    this.listeners = listeners;
  }

  @Override
  public void start() {
    Set<String> ids = strict ? unmatched.get() : new TreeSet<>();
    if (!ids.isEmpty()) {
      throw new StartRefusedException(
          wrong(ids),
          mend() + " A listener that is registered after the start needs strict=false.",
          null);
    }
    running = true;
  }

  @Override
  public void onApplicationEvent(ApplicationReadyEvent ready) {
    Set<String> ids = unmatched.get();
    if (!ids.isEmpty()) {
      LOG.warn("{} {}", wrong(ids), mend());
    }
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Before every listener, whichever phase it begins in. */
  @Override
  public int getPhase() {
    return Integer.MIN_VALUE;
  }

  private String wrong(Set<String> ids) {
    return property
        + " names "
        + String.join(", ", ids)
        + ", and no listener has that id: what is set there counts for nothing. The listeners that"
        + " there are: "
        + (listeners.get().isEmpty() ? "none" : String.join(", ", listeners.get()))
        + ".";
  }

  private String mend() {
    return "Correct the id there, give it to the listener, or remove what is set. An id with other"
        + " characters than letters, digits and - stands in brackets: "
        + property
        + "[my.id].mode.";
  }
}
