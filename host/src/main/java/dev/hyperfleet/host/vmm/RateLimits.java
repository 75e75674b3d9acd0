package dev.hyperfleet.host.vmm;

import java.util.OptionalLong;

/**
 * What each machine may do at the most; empty for no limit.
 *
 * @param diskBytes bytes a second that it reads and writes
 * @param diskOperations reads and writes a second
 * @param networkBytes bytes a second that it sends, and as many that it receives
 */
public record RateLimits(OptionalLong diskBytes, OptionalLong diskOperations, OptionalLong networkBytes) {}
