package tech.onceonly.spring.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.springframework.beans.factory.ObjectProvider;
import tech.onceonly.GuardEvents;

/**
 * Hears of the decisions of each group, by its name: of a consumer group of Kafka, or of a scope of
 * JMS. Any number of such beans.
 */
@FunctionalInterface
public interface GroupEvents extends Function<String, GuardEvents> {

  /** All of them, told one after the other. */
  static Function<String, GuardEvents> all(ObjectProvider<GroupEvents> beans) {
    List<GroupEvents> listeners = beans.orderedStream().toList();
    return group -> {
      List<GuardEvents> each = new ArrayList<>();
      listeners.forEach(listener -> each.add(listener.apply(group)));
      return GuardEvents.all(each.toArray(GuardEvents[]::new));
    };
  }
}
