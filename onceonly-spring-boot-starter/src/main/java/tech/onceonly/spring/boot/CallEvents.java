package tech.onceonly.spring.boot;

import java.util.function.Consumer;
import java.util.function.Function;
import tech.onceonly.CallDecision;

/** Gives who hears of the calls of the method of a name; any number of such beans. */
@FunctionalInterface
interface CallEvents extends Function<String, Consumer<CallDecision>> {}
