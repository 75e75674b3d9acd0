package dev.hyperfleet.core.guest;

import java.time.Duration;

/**
 * What a guest uses of what it has, as its own kernel counts it.
 *
 * @param uptime since its kernel began
 * @param cpu time that its CPUs have worked, all together
 * @param memoryTotal bytes, like the following
 * @param memoryAvailable what processes could still have
 * @param diskTotal of the root file system
 * @param networkReceived since the start, but for loopback
 * @param load processes that could run, on average over a minute
 * @param processes how many of those that were started by this API run
 */
public record GuestMetrics(
        Duration uptime,
        Duration cpu,
        int cpus,
        long memoryTotal,
        long memoryAvailable,
        long diskTotal,
        long diskAvailable,
        long networkReceived,
        long networkSent,
        double load,
        int processes) {}
