/** Ports and types of what happens inside of guests: processes, files, and what the agent tells of them. */
@NullMarked
package dev.hyperfleet.core.guest;

import org.jspecify.annotations.NullMarked;
