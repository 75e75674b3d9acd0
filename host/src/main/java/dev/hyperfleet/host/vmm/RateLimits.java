package dev.hyperfleet.host.vmm;

import java.util.OptionalLong;

/**
 * The rate limits of each machine; empty for no limit.
 *
 * @param diskBytes bytes per second that it reads and writes
 * @param diskOperations reads and writes per second
 * @param networkBytes bytes per second that it sends, and separately that it receives
 */
public record RateLimits(OptionalLong diskBytes, OptionalLong diskOperations, OptionalLong networkBytes) {}
