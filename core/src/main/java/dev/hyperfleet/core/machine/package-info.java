/** What a machine is, and its possible transitions: values and pure decisions. */
@NullMarked
package dev.hyperfleet.core.machine;

import org.jspecify.annotations.NullMarked;
