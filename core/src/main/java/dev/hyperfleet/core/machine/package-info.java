/** What a machine is, and what may become of it: values and pure decisions. */
@NullMarked
package dev.hyperfleet.core.machine;

import org.jspecify.annotations.NullMarked;
