/**
 * Automatic actions of machines, and what keeps them awake: suspension, health checks, restarts, expiry, visits to
 * ports.
 */
@NullMarked
package dev.hyperfleet.core.activity;

import org.jspecify.annotations.NullMarked;
