package dev.hyperfleet.core.host;

import java.time.Duration;

/**
 * A VMM's resource usage on the host.
 *
 * @param cpu time since it was started
 * @param memoryBytes its memory on the host, including the guest memory that was touched
 */
public record VmmUsage(Duration cpu, long memoryBytes) {}
