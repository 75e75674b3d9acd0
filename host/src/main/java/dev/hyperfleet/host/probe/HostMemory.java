package dev.hyperfleet.host.probe;

import java.lang.management.ManagementFactory;

/** The host's memory. */
public final class HostMemory {
    private static final long MIB = 1024 * 1024;

    private HostMemory() {}

    /** The total in MiB, or the limit of this process's control group. */
    public static long totalMib() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getTotalMemorySize() / MIB;
    }
}
