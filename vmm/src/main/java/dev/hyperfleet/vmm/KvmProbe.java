package dev.hyperfleet.vmm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Finds out whether KVM works, by booting a tiny guest with it. That /dev/kvm exists says nothing: on a
 * host that is itself a guest it may open, even make a machine, and then not run it.
 */
public final class KvmProbe {
    private static final Path DEVICE = Path.of("/dev/kvm");
    private static final Duration DEADLINE = Duration.ofSeconds(5);
    private static final long MEM_SIZE_MIB = 128;

    private KvmProbe() {}

    /** Whether it works, and a sentence that says why not. */
    public record Answer(boolean works, String reason) {}

    /** Boots the kernel with our initramfs, which powers off at once when it is asked to. */
    public static Answer probe(Path qemu, Path kernel, Path initrd) {
        if (!Files.exists(DEVICE)) {
            return new Answer(false, DEVICE + " does not exist");
        }
        if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
            return new Answer(false, DEVICE + " is not open to this user (add it to the group kvm)");
        }
        List<String> command = new ArrayList<>(new Qemu(qemu, Qemu.Acceleration.KVM, 0).command(MEM_SIZE_MIB, 1));
        command.addAll(List.of(
                "-kernel", kernel.toString(),
                "-initrd", initrd.toString(),
                "-append", "console=ttyS0 reboot=k panic=-1 quiet hyperfleet.probe=1"));
        try {
            return boot(command);
        } catch (IOException failure) {
            return new Answer(false, "the probe cannot run: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Answer(false, "the probe was interrupted");
        }
    }

    private static Answer boot(List<String> command) throws IOException, InterruptedException {
        Process guest = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!guest.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            guest.destroyForcibly().waitFor();
            return new Answer(false, "a guest under KVM did not come up within " + DEADLINE.toSeconds() + " s");
        }
        return guest.exitValue() == 0
                ? new Answer(true, "a guest booted with KVM")
                : new Answer(
                        false, DEVICE + " is there, but a guest does not run with it (nested virtualisation is off?)");
    }
}
