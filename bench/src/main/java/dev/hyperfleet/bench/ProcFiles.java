package dev.hyperfleet.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Information on processes and sockets from /proc. */
final class ProcFiles {
    private static final double KIB_IN_MIB = 1024;

    private ProcFiles() {}

    /** A process's program and arguments; empty for one that has ended. */
    static List<String> command(long pid) {
        try {
            String text = Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
            return text.isEmpty()
                    ? List.of()
                    : List.of(text.substring(0, text.length() - 1).split("\0", -1));
        } catch (IOException ended) {
            return List.of();
        }
    }

    /** Whether a process has mapped a file whose name has this suffix. */
    static boolean maps(long pid, String ending) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/" + pid + "/maps"), StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(line -> line.endsWith(ending));
        }
    }

    /** A process's memory that is in RAM, in MiB. */
    static double residentMib(long pid) throws IOException {
        return statusMib(pid, "VmRSS:");
    }

    /** The part of that which is file content, shared with other processes that map it. */
    static double residentFilesMib(long pid) throws IOException {
        return statusMib(pid, "RssFile:");
    }

    private static double statusMib(long pid, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                        .filter(line -> line.startsWith(name))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findAny()
                        .orElseThrow(() -> new IOException("process %d has no memory".formatted(pid)))
                / KIB_IN_MIB;
    }

    /** Whether a process listens on the Unix socket: one that is only bound would refuse a connection. */
    static boolean isListening(Path socket) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/net/unix"), StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(line -> line.endsWith(" " + socket) && line.contains(" 00010000 "));
        }
    }

    /** The memory of a process, with its share of the pages that it has in common with others. */
    static long proportionalBytes(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", String.valueOf(pid), "smaps_rollup"))) {
            if (line.startsWith("Pss:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        throw new IOException("no Pss of process " + pid);
    }
}
