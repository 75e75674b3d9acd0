/** Ports and types for the inside of guests: processes, files, and the agent's reports on them. */
@NullMarked
package dev.hyperfleet.core.guest;

import org.jspecify.annotations.NullMarked;
