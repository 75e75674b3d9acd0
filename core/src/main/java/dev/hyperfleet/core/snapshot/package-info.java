/** Saved states of machines. */
@NullMarked
package dev.hyperfleet.core.snapshot;

import org.jspecify.annotations.NullMarked;
