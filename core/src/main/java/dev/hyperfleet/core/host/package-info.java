/** The ports to a host: VMMs and their supervisor, networks, disks, and the files of machines. */
@NullMarked
package dev.hyperfleet.core.host;

import org.jspecify.annotations.NullMarked;
