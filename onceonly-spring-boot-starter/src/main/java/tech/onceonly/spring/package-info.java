/** What an application writes on its own beans. */
@NullMarked
package tech.onceonly.spring;

import org.jspecify.annotations.NullMarked;
