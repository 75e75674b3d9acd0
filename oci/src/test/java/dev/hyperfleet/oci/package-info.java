@NullMarked
package dev.hyperfleet.oci;

import org.jspecify.annotations.NullMarked;
