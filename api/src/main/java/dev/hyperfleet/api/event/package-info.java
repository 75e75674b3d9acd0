/** Events over HTTP. */
@NullMarked
package dev.hyperfleet.api.event;

import org.jspecify.annotations.NullMarked;
