/** This host, assembled from its parts: the implementation of core's port. */
@NullMarked
package dev.hyperfleet.host.local;

import org.jspecify.annotations.NullMarked;
