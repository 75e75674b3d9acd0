/** Machines' ports over HTTP: links and connections. */
@NullMarked
package dev.hyperfleet.api.port;

import org.jspecify.annotations.NullMarked;
