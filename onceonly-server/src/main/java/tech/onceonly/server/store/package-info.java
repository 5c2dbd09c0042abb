/**
 * Where claims and leases live: what every store must do, the states of a claim and of a lease, the
 * store in this process's heap, and the one on disk. Public for the server's other packages alone.
 */
@NullMarked
package tech.onceonly.server.store;

import org.jspecify.annotations.NullMarked;
