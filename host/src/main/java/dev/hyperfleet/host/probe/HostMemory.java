package dev.hyperfleet.host.probe;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The host's memory. */
public final class HostMemory {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    private HostMemory() {}

    /** The total in MiB, or the limit of this process's control group. */
    public static long totalMib() {
        return totalBytes() / MIB;
    }

    /** The same in bytes. */
    public static long totalBytes() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getTotalMemorySize();
    }

    /** The host's memory that new processes could use without swapping, in bytes, as the kernel estimates it. */
    public static OptionalLong availableBytes() {
        try (Stream<String> lines = Files.lines(MEMINFO)) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * KIB)
                    .findFirst();
        } catch (IOException unreadable) {
            return OptionalLong.empty();
        }
    }
}
