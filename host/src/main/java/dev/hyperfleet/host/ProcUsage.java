package dev.hyperfleet.host;

import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.host.VmmUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The resource usage of processes, from /proc (proc(5)). */
public final class ProcUsage {
    /** The unit in which Linux reports CPU time, per second, on all supported platforms. */
    private static final int TICKS = 100;

    private static final int MILLISECONDS = 1000;
    private static final long PAGE = 4096;

    /** Fields of stat after the process's name, which may contain blanks, counted from 0. */
    private static final int USER_TIME = 11;

    private static final int SYSTEM_TIME = 12;

    private ProcUsage() {}

    /** All zero if the process is gone. */
    public static VmmUsage of(ProcessIdentity process) {
        Path folder = Path.of("/proc", String.valueOf(process.pid()));
        try {
            String stat = Files.readString(folder.resolve("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
            long pages =
                    Long.parseLong(Files.readString(folder.resolve("statm")).split(" ", -1)[1]);
            return new VmmUsage(Duration.ofMillis(ticks * MILLISECONDS / TICKS), pages * PAGE);
        } catch (IOException gone) {
            return new VmmUsage(Duration.ZERO, 0);
        }
    }
}
