/** The server: its settings, all wiring, and the commands that work on this host. */
@NullMarked
package dev.hyperfleet.server;

import org.jspecify.annotations.NullMarked;
