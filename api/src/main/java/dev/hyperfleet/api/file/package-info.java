/** Files in machines over HTTP. */
@NullMarked
package dev.hyperfleet.api.file;

import org.jspecify.annotations.NullMarked;
