/** Guards' events as Micrometer meters. Micrometer is the application's: an optional dependency. */
@NullMarked
package tech.onceonly.metrics;

import org.jspecify.annotations.NullMarked;
