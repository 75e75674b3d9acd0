/** The events that are stored, and the feed of those who follow them. */
@NullMarked
package dev.hyperfleet.core.event;

import org.jspecify.annotations.NullMarked;
