/**
 * The toolkit of all that is served over HTTP: the engine, routes and their access, bodies and their validation, errors,
 * streams, the request log, limits, idempotency, the audit trail. Knows no route of its own but that of the metrics.
 */
@NullMarked
package dev.hyperfleet.http;

import org.jspecify.annotations.NullMarked;
