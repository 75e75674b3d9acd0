package dev.hyperfleet.core.host;

import java.time.Duration;

/**
 * What a VMM uses of its host.
 *
 * @param cpu time since it was started
 * @param memoryBytes what it has in the host's memory, the guest's memory included as far as that was touched
 */
public record VmmUsage(Duration cpu, long memoryBytes) {}
