/** The VMMs that machines can run under. */
@NullMarked
package dev.hyperfleet.vmm;

import org.jspecify.annotations.NullMarked;
