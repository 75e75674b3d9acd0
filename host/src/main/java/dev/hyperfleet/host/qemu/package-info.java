/** QEMU: its command line and its monitor. */
@NullMarked
package dev.hyperfleet.host.qemu;

import org.jspecify.annotations.NullMarked;
