/** Holds a real server, with real machines, to what is promised: through the public API. */
@NullMarked
package dev.hyperfleet.tests;

import org.jspecify.annotations.NullMarked;
