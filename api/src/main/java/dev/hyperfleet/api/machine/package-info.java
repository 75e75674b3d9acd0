/** Machines over HTTP. */
@NullMarked
package dev.hyperfleet.api.machine;

import org.jspecify.annotations.NullMarked;
