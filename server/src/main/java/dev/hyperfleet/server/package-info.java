/** The server: its settings, all wiring, and the commands for this host. */
@NullMarked
package dev.hyperfleet.server;

import org.jspecify.annotations.NullMarked;
