/** A client of image registries: the OCI's distribution specification. */
@NullMarked
package dev.hyperfleet.oci.registry;

import org.jspecify.annotations.NullMarked;
