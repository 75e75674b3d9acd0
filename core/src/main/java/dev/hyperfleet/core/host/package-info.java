/** The port to the host that machines run on. */
@NullMarked
package dev.hyperfleet.core.host;

import org.jspecify.annotations.NullMarked;
