/** API keys and their scopes, leases, and links to ports. */
@NullMarked
package dev.hyperfleet.core.access;

import org.jspecify.annotations.NullMarked;
