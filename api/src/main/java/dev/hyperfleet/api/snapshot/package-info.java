/** Routes of snapshots. */
@NullMarked
package dev.hyperfleet.api.snapshot;

import org.jspecify.annotations.NullMarked;
