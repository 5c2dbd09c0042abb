/** Real brokers, real processes and real outages, for the tests, the demo and the benchmarks. */
@NullMarked
package tech.onceonly.testing;

import org.jspecify.annotations.NullMarked;
