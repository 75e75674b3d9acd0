/** The host: processes, folders, disks, and the networks of machines. */
@NullMarked
package dev.hyperfleet.host;

import org.jspecify.annotations.NullMarked;
