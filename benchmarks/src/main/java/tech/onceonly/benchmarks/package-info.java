/**
 * Measures: whole drains of a topic and of a queue beside peers, and the client's and guard's own
 * cost.
 */
@NullMarked
package tech.onceonly.benchmarks;

import org.jspecify.annotations.NullMarked;
