/** Shows on a real broker what a killed consumer loses and doubles, with and without protection. */
@NullMarked
package tech.onceonly.demo;

import org.jspecify.annotations.NullMarked;
