/** The block devices of machines. */
@NullMarked
package dev.hyperfleet.core.disk;

import org.jspecify.annotations.NullMarked;
