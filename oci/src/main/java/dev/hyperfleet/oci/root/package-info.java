/** The root file system of an image, from its layers. */
@NullMarked
package dev.hyperfleet.oci.root;

import org.jspecify.annotations.NullMarked;
