/**
 * The lifecycle of machines: what was asked for is stored, carried out on the host, and what came of it is stored. Knows
 * nothing of the subscribers to its events.
 */
@NullMarked
package dev.hyperfleet.core.control;

import org.jspecify.annotations.NullMarked;
