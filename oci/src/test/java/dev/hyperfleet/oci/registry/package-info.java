@NullMarked
package dev.hyperfleet.oci.registry;

import org.jspecify.annotations.NullMarked;
