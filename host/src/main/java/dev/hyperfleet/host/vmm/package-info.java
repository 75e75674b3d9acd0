/** What all VMMs have in common. */
@NullMarked
package dev.hyperfleet.host.vmm;

import org.jspecify.annotations.NullMarked;
