/** Firecracker: its configuration, its API, its versions, its jail. */
@NullMarked
package dev.hyperfleet.host.firecracker;

import org.jspecify.annotations.NullMarked;
