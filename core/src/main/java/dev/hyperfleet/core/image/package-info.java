/** Images that machines boot. */
@NullMarked
package dev.hyperfleet.core.image;

import org.jspecify.annotations.NullMarked;
