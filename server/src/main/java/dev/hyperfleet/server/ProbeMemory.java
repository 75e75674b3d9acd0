package dev.hyperfleet.server;

import dev.hyperfleet.vmm.KvmProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Remembers the answer of the KVM probe until the host is booted again or KVM's device changes. */
final class ProbeMemory {
    private final Path file;

    ProbeMemory(Path home) {
        this.file = home.resolve("kvm-probe");
    }

    KvmProbe.Answer probe(Path qemu, Path kernel, Path initrd) {
        try {
            String question = question(qemu);
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                if (lines.size() == 3 && lines.getFirst().equals(question)) {
                    return new KvmProbe.Answer(Boolean.parseBoolean(lines.get(1)), lines.get(2));
                }
            }
            KvmProbe.Answer answer = KvmProbe.probe(qemu, kernel, initrd);
            Files.write(file, List.of(question, String.valueOf(answer.works()), answer.reason()));
            return answer;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String question(Path qemu) throws IOException {
        Path device = Path.of("/dev/kvm");
        return "%s %s %s %s"
                .formatted(
                        Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                                .strip(),
                        qemu,
                        Files.getLastModifiedTime(qemu),
                        Files.isReadable(device) && Files.isWritable(device));
    }
}
