/**
 * The lifecycle of machines: a request is stored, carried out on the host, and its result is stored. Does not depend on
 * the subscribers to its events.
 */
@NullMarked
package dev.hyperfleet.core.control;

import org.jspecify.annotations.NullMarked;
