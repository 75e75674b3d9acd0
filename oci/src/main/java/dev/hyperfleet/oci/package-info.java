/** Images of containers: pulled from registries, and made into root file systems for machines. */
@NullMarked
package dev.hyperfleet.oci;

import org.jspecify.annotations.NullMarked;
