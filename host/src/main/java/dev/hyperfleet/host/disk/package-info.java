/** Machines' folders and disks, and the free space for them. */
@NullMarked
package dev.hyperfleet.host.disk;

import org.jspecify.annotations.NullMarked;
