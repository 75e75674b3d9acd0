/** Machines' folders and disks, and the room that is left for them. */
@NullMarked
package dev.hyperfleet.host.disk;

import org.jspecify.annotations.NullMarked;
