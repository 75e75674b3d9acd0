/** The consoles of guests, and the logs of VMMs, as files. */
@NullMarked
package dev.hyperfleet.host.console;

import org.jspecify.annotations.NullMarked;
