/** Processes and commands in machines over HTTP. */
@NullMarked
package dev.hyperfleet.api.process;

import org.jspecify.annotations.NullMarked;
