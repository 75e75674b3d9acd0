/** The REST API: routes, JSON, errors, authentication. What it promises is in docs/openapi.yaml. */
@NullMarked
package dev.hyperfleet.api;

import org.jspecify.annotations.NullMarked;
