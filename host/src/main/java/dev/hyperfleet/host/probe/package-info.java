/** What this host can do, found out by trying. */
@NullMarked
package dev.hyperfleet.host.probe;

import org.jspecify.annotations.NullMarked;
