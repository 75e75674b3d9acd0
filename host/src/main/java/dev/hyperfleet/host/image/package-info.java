/** The files that machines boot from. */
@NullMarked
package dev.hyperfleet.host.image;

import org.jspecify.annotations.NullMarked;
