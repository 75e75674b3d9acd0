/** Leases, quotas and the audit log over HTTP. */
@NullMarked
package dev.hyperfleet.api.access;

import org.jspecify.annotations.NullMarked;
