/** Stored events, and the feed for their followers. */
@NullMarked
package dev.hyperfleet.core.event;

import org.jspecify.annotations.NullMarked;
