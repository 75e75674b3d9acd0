/** The host: processes, folders and disks, and the network that machines are in. */
@NullMarked
package dev.hyperfleet.host;

import org.jspecify.annotations.NullMarked;
