package tech.onceonly.server.store;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A concurrent map of immutable values that change by compare-and-set, within a shared capacity,
 * and that are cleared away slice by slice once dead.
 *
 * @param <V> compared by identity
 */
final class ExpiringMap<V> {
  private final ConcurrentHashMap<String, V> map = new ConcurrentHashMap<>();
  private final Capacity capacity;
  private final Consumer<V> onRemoved;

  /** Held by the one thread that clears away; others do not wait for it. */
  private final ReentrantLock clearing = new ReentrantLock();

  private Iterator<Map.Entry<String, V>> position = map.entrySet().iterator();

  ExpiringMap(Capacity capacity, Consumer<V> onRemoved) {
    this.capacity = capacity;
    this.onRemoved = onRemoved;
  }

  enum Swap {
    DONE,
    LOST_RACE,
    FULL
  }

  @Nullable V get(String key) {
    return map.get(key);
  }

  /** Puts {@code next} in the place of {@code present}, if that is still what is there. */
  Swap swap(String key, @Nullable V present, V next) {
    if (present != null) {
      return replace(key, present, next) ? Swap.DONE : Swap.LOST_RACE;
    }
    if (!capacity.take()) {
      return Swap.FULL;
    }
    if (map.putIfAbsent(key, next) == null) {
      return Swap.DONE;
    }
    capacity.free();
    return Swap.LOST_RACE;
  }

  boolean replace(String key, V present, V next) {
    if (!map.replace(key, present, next)) {
      return false;
    }
    onRemoved.accept(present);
    return true;
  }

  boolean remove(String key, V present) {
    if (!map.remove(key, present)) {
      return false;
    }
    capacity.free();
    onRemoved.accept(present);
    return true;
  }

  /** Looks at the next so many entries, and removes the dead ones among them. */
  void clearAway(int entries, Predicate<V> isDead) {
    if (!clearing.tryLock()) {
      return;
    }
    try {
      if (!position.hasNext()) {
        position = map.entrySet().iterator();
      }
      for (int i = 0; i < entries && position.hasNext(); i++) {
        Map.Entry<String, V> entry = position.next();
        if (isDead.test(entry.getValue())) {
          remove(entry.getKey(), entry.getValue());
        }
      }
    } finally {
      clearing.unlock();
    }
  }

  void forEach(BiConsumer<String, V> look) {
    map.forEach(look);
  }

  void clear() {
    map.forEach(this::remove);
  }
}
