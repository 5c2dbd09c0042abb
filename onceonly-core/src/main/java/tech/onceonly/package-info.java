/** Decides for each delivery whether the listener runs; knows no broker and no HTTP. */
@NullMarked
package tech.onceonly;

import org.jspecify.annotations.NullMarked;
