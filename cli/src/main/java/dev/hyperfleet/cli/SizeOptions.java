package dev.hyperfleet.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The size of a new machine. */
final class SizeOptions {
    @Option(
            names = "--cpus",
            paramLabel = "COUNT",
            defaultValue = "1",
            description = "Virtual CPUs (default ${DEFAULT-VALUE}).")
    private int cpus;

    @Option(
            names = {"-m", "--memory"},
            paramLabel = "SIZE",
            defaultValue = "256m",
            converter = Units.Memory.class,
            description = "Memory: 512m, 1g; MiB without a unit (default ${DEFAULT-VALUE}).")
    private int memory;

    /** The fields of a request that creates a machine of this name. */
    Map<String, Object> body(String name) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", name);
        body.put("vcpu_count", cpus);
        body.put("mem_size_mib", memory);
        return body;
    }
}
