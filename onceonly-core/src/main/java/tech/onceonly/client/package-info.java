/** The client of the OnceOnly API, on Vert.x Web Client and Jackson. */
@NullMarked
package tech.onceonly.client;

import org.jspecify.annotations.NullMarked;
