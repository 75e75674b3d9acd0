/** What every request carries or is bound by: its cause, its conditions, its idempotency key, its rate. */
@NullMarked
package dev.hyperfleet.core.request;

import org.jspecify.annotations.NullMarked;
