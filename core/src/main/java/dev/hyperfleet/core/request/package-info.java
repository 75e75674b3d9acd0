/** What every request carries or is bound by: its cause, conditions, idempotency key and rate limit. */
@NullMarked
package dev.hyperfleet.core.request;

import org.jspecify.annotations.NullMarked;
