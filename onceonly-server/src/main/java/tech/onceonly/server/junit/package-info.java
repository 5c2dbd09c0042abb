/** A test kit: the server in a user's own tests. JUnit is the user's: an optional dependency. */
@NullMarked
package tech.onceonly.server.junit;

import org.jspecify.annotations.NullMarked;
