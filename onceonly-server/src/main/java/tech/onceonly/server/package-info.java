/**
 * The OnceOnly API, self-hosted. Shares no class with the client: the wire contract is the only
 * bond.
 */
@NullMarked
package tech.onceonly.server;

import org.jspecify.annotations.NullMarked;
