package dev.hyperfleet.host.probe;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.shim.Shim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * Properties of a host that have to be measured, and do not change until the host's next boot. Each result is stored,
 * with what it depends on.
 */
final class HostProbe {
    private static final Path KVM = Path.of("/dev/kvm");

    private final Path memory;

    HostProbe(ProbeSettings settings) {
        memory = settings.memory();
    }

    /** Whether KVM works with this VMM, and why not. */
    KvmProbe.Answer kvm(Path vmm, Supplier<KvmProbe.Answer> probe) {
        try {
            String question = "%s %s %s"
                    .formatted(vmm, Files.getLastModifiedTime(vmm), Files.isReadable(KVM) && Files.isWritable(KVM));
            String answer = remember("kvm-" + vmm.getFileName(), question, () -> {
                KvmProbe.Answer found = probe.get();
                return found.works() + " " + found.reason();
            });
            int space = answer.indexOf(' ');
            return new KvmProbe.Answer(Boolean.parseBoolean(answer.substring(0, space)), answer.substring(space + 1));
        } catch (IOException failure) {
            throw cannot(failure);
        }
    }

    /** The rate of the CPU's time stamp counter in kHz. */
    long tscKhz(Shim shim) {
        try {
            String question = Files.getLastModifiedTime(shim.program()).toString();
            return Long.parseLong(remember("tsc", question, () -> String.valueOf(shim.measureTsc())));
        } catch (IOException failure) {
            throw cannot(failure);
        }
    }

    private String remember(String name, String question, Supplier<String> probe) throws IOException {
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        List<String> asked = List.of(boot + " " + question);
        Path file = memory.resolve(name);
        if (Files.exists(file)) {
            List<String> lines = Files.readAllLines(file);
            if (lines.size() == 2 && lines.subList(0, 1).equals(asked)) {
                return lines.getLast();
            }
        }
        String answer = probe.get();
        if (Files.isRegularFile(memory)) {
            Files.delete(memory); // an earlier version's
        }
        Folders.create(memory);
        Files.write(file, List.of(asked.getFirst(), answer));
        return answer;
    }

    private static HyperfleetException cannot(IOException failure) {
        return new HyperfleetException(
                ErrorCode.INTERNAL_ERROR,
                "Cannot probe this host: %s. Check that HYPERFLEET_HOME is writable.".formatted(failure),
                failure);
    }
}
