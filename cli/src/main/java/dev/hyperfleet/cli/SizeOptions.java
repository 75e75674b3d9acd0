package dev.hyperfleet.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The size of a new machine, or the snapshot that it continues from. */
final class SizeOptions {
    private static final int DEFAULT_CPUS = 1;
    private static final int DEFAULT_MEMORY_MIB = 256;

    @Option(names = "--cpus", paramLabel = "COUNT", description = "Virtual CPUs (default 1).")
    @Nullable
    private Integer cpus;

    @Option(
            names = {"-m", "--memory"},
            paramLabel = "SIZE",
            converter = Units.Memory.class,
            description = "Memory: 512m, 1g; MiB without a unit (default 256m).")
    @Nullable
    private Integer memory;

    @Option(
            names = "--snapshot",
            paramLabel = "SNAPSHOT",
            description = "Continue from this snapshot, with its size: its name or id.")
    @Nullable
    private String snapshot;

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description = "Boot this container image, like python:3.13, instead of the server's own root.")
    @Nullable
    private String image;

    @Option(names = "--cold", description = "Boot, instead of continuing from the boot of another machine of its size.")
    private boolean cold;

    /** The fields of a request that creates a machine of this name. */
    Map<String, Object> body(String name) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", name);
        if (snapshot != null) {
            body.put("snapshot", snapshot);
        }
        if (image != null) {
            body.put("image", image);
        }
        if (cold) {
            body.put("warm_start", false);
        }
        put(body, "vcpu_count", cpus, DEFAULT_CPUS);
        put(body, "mem_size_mib", memory, DEFAULT_MEMORY_MIB);
        return body;
    }

    private void put(Map<String, Object> body, String field, @Nullable Integer given, int otherwise) {
        if (given != null) {
            body.put(field, given);
        } else if (snapshot == null) {
            body.put(field, otherwise);
        }
    }
}
