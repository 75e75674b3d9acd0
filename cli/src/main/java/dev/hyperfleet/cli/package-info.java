/** The commands that talk to a server, by its public API alone. */
@NullMarked
package dev.hyperfleet.cli;

import org.jspecify.annotations.NullMarked;
