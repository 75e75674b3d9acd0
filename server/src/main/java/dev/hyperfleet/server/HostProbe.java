package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.vmm.KvmProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What has to be tried out on a host, and stays as it is until the host is booted again.
 *
 * @param kvm whether KVM works, and why not
 * @param tscKhz thousand ticks of the CPU's time stamp counter in a second
 */
record HostProbe(KvmProbe.Answer kvm, long tscKhz) {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int LINES = 4;

    /** Remembered from an earlier start where nothing has changed since, else tried now. */
    static HostProbe of(Settings settings, Path qemu, Path initrd) {
        Path memory = settings.home().resolve("host-probe");
        try {
            String question = question(qemu, settings.shim());
            if (Files.exists(memory)) {
                List<String> lines = Files.readAllLines(memory);
                if (lines.size() == LINES && lines.getFirst().equals(question)) {
                    return new HostProbe(
                            new KvmProbe.Answer(Boolean.parseBoolean(lines.get(1)), lines.get(2)),
                            Long.parseLong(lines.get(3)));
                }
            }
            HostProbe probe =
                    new HostProbe(KvmProbe.probe(qemu, settings.kernel(), initrd), measureTsc(settings.shim()));
            Files.write(
                    memory,
                    List.of(
                            question,
                            String.valueOf(probe.kvm().works()),
                            probe.kvm().reason(),
                            String.valueOf(probe.tscKhz())));
            return probe;
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot probe this host: %s. Check that HYPERFLEET_HOME is writable.".formatted(failure),
                    failure);
        }
    }

    static long measureTsc(Path shim) {
        Program.Result result = Program.run(List.of(shim.toString(), "tsc"), TIMEOUT);
        if (result.exitCode() != 0) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot measure the CPU's clock with %s: %s".formatted(shim, result.errors()));
        }
        return Long.parseLong(result.output().strip());
    }

    private static String question(Path qemu, Path shim) throws IOException {
        Path device = Path.of("/dev/kvm");
        return "%s %s %s %s %s"
                .formatted(
                        Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                                .strip(),
                        qemu,
                        Files.getLastModifiedTime(qemu),
                        Files.getLastModifiedTime(shim),
                        Files.isReadable(device) && Files.isWritable(device));
    }
}
