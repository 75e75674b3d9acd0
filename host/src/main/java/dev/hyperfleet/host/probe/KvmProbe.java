package dev.hyperfleet.host.probe;

import dev.hyperfleet.host.qemu.Qemu;
import dev.hyperfleet.host.shim.Shim;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds out whether KVM works, by booting a tiny guest with it. The existence of /dev/kvm proves nothing: on a host
 * that is itself a guest, it may be possible to open it and to create a machine, but not to run it.
 */
public final class KvmProbe {
    private static final Path DEVICE = Path.of("/dev/kvm");
    private static final long MEM_SIZE_MIB = 128;

    /** What our initramfs prints when it should end at once; see agent/main.go. */
    private static final String WORDS = "hyperfleet-probe: this guest has booted";

    /** The kernel's arguments; protocol/boot has them, too. */
    static final String UNDER_QEMU = "console=ttyS0 reboot=k panic=-1 quiet hyperfleet.probe=1";

    static final String UNDER_FIRECRACKER = UNDER_QEMU + " hyperfleet.poweroff=reset";

    private KvmProbe() {}

    /** Whether it works, and a sentence with the reason. */
    public record Answer(boolean works, String reason) {}

    /** Boots the kernel with our initramfs under QEMU. */
    public static Answer withQemu(Shim shim, Duration timeout, Path qemu, Path kernel, Path initrd) {
        List<String> command = new ArrayList<>(new Qemu(qemu, Qemu.Acceleration.KVM, 0).command(MEM_SIZE_MIB, 1));
        command.addAll(List.of("-kernel", kernel.toString(), "-initrd", initrd.toString(), "-append", UNDER_QEMU));
        return probe(shim, timeout, command);
    }

    /** The same under Firecracker. */
    public static Answer withFirecracker(Shim shim, Duration timeout, Path firecracker, Path kernel, Path initrd) {
        try {
            Path configuration = Files.createTempFile("hyperfleet-probe", ".json");
            try {
                Files.write(
                        configuration,
                        JsonMapper.shared()
                                .writeValueAsBytes(Map.of(
                                        "boot-source",
                                        Map.of(
                                                "kernel_image_path", kernel.toString(),
                                                "initrd_path", initrd.toString(),
                                                "boot_args", UNDER_FIRECRACKER),
                                        "machine-config",
                                        Map.of("vcpu_count", 1, "mem_size_mib", MEM_SIZE_MIB),
                                        "drives",
                                        List.of())));
                return probe(
                        shim,
                        timeout,
                        List.of(
                                firecracker.toString(),
                                "--no-api",
                                "--level",
                                "Error",
                                "--config-file",
                                configuration.toString()));
            } finally {
                Files.deleteIfExists(configuration);
            }
        } catch (IOException failure) {
            return new Answer(false, "the probe cannot run: " + failure.getMessage());
        }
    }

    private static Answer probe(Shim shim, Duration timeout, List<String> command) {
        if (!Files.exists(DEVICE)) {
            return new Answer(false, DEVICE + " does not exist");
        }
        if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
            return new Answer(false, DEVICE + " is not open to this user (add it to the group kvm)");
        }
        try {
            Path output = Files.createTempFile("hyperfleet-probe", ".log");
            try {
                return boot(shim.tethered(command), timeout, output);
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException failure) {
            return new Answer(false, "the probe cannot run: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Answer(false, "the probe was interrupted");
        }
    }

    private static Answer boot(List<String> command, Duration timeout, Path output)
            throws IOException, InterruptedException {
        Process guest = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!guest.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            guest.destroyForcibly().waitFor();
            return new Answer(false, "a guest under KVM did not boot within " + timeout.toSeconds() + " s");
        }
        return new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1).contains(WORDS)
                ? new Answer(true, "a guest booted with KVM")
                : new Answer(
                        false, DEVICE + " exists, but a guest does not run with it (is nested virtualisation off?)");
    }
}
