/** Probes of this host's capabilities. */
@NullMarked
package dev.hyperfleet.host.probe;

import org.jspecify.annotations.NullMarked;
