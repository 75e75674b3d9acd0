/**
 * The HTTP toolkit: the engine, routes and their access, bodies and their validation, errors, streams, the request log,
 * limits, idempotency, the audit trail. Its only route is that of the metrics.
 */
@NullMarked
package dev.hyperfleet.http;

import org.jspecify.annotations.NullMarked;
