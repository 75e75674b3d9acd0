/** The files of snapshots. */
@NullMarked
package dev.hyperfleet.host.snapshot;

import org.jspecify.annotations.NullMarked;
