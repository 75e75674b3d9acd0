package dev.hyperfleet.host.vmm;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The model of the host's CPU. */
public final class CpuModel {
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final String MODEL = "model name";

    private CpuModel() {}

    /** The name that its manufacturer gave it; "unknown CPU" where the kernel does not say. */
    public static String read() {
        try (Stream<String> lines = Files.lines(CPUS)) {
            return lines.filter(line -> line.startsWith(MODEL))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown CPU");
        } catch (IOException failure) {
            throw new HyperfleetException(ErrorCode.INTERNAL_ERROR, "Cannot read " + CPUS, failure);
        }
    }
}
