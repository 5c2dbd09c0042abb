/** Idempotent listeners for Jakarta Messaging. */
@NullMarked
package tech.onceonly.jms;

import org.jspecify.annotations.NullMarked;
