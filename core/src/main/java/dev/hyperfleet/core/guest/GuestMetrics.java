package dev.hyperfleet.core.guest;

import java.time.Duration;

/**
 * A guest's resource usage, as counted by its own kernel.
 *
 * @param uptime since its kernel began
 * @param cpu total busy time of its CPUs
 * @param memoryTotal bytes, like the following
 * @param memoryAvailable memory that processes could still use
 * @param diskTotal of the root file system
 * @param networkReceived since the start, without loopback
 * @param load runnable processes, on average over a minute
 * @param processes the number of running processes that this API started
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
