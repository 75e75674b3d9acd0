/** The commands that talk to a server, only through its public API. */
@NullMarked
package dev.hyperfleet.cli;

import org.jspecify.annotations.NullMarked;
