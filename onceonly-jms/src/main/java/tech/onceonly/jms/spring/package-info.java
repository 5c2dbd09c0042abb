/** Idempotent listeners for Spring JMS; used only where that is present. */
@NullMarked
package tech.onceonly.jms.spring;

import org.jspecify.annotations.NullMarked;
