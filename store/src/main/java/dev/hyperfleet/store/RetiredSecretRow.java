package dev.hyperfleet.store;

import java.time.Instant;

/** The columns of an API key's secret that a newer one has replaced: all of them, or none. */
record RetiredSecretRow(String retiredSha256, Instant retiredUntil) {}
