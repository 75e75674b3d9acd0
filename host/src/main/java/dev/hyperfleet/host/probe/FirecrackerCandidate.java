package dev.hyperfleet.host.probe;

import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.firecracker.Firecracker;
import dev.hyperfleet.host.firecracker.FirecrackerVersion;
import dev.hyperfleet.host.shim.Shim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The Firecracker installation of this host.
 *
 * @param usable Firecracker, if it can be used
 * @param obstacle why it cannot be used, otherwise
 */
public record FirecrackerCandidate(Optional<VmmChoice> usable, String obstacle) {
    private static final Duration VERSION_TIMEOUT = Duration.ofSeconds(10);
    private static final Path KVM = Path.of("/dev/kvm");

    static FirecrackerCandidate find(ProbeSettings settings) {
        String name = settings.firecracker().program();
        return Program.find(name)
                .map(program -> examine(settings, program))
                .orElseGet(() -> unusable(name + " is not on the PATH"));
    }

    /**
     * Examines it.
     *
     * @param found its path; the jailer names a jail after the resolved path
     */
    private static FirecrackerCandidate examine(ProbeSettings settings, Path found) {
        Path program;
        try {
            program = found.toRealPath();
        } catch (IOException gone) {
            return unusable("%s cannot be read: %s".formatted(found, gone.getMessage()));
        }
        Optional<FirecrackerVersion> version = version(program);
        if (version.isEmpty() || !version.get().isSupported()) {
            return unusable("%s is %s, and %s or newer is needed"
                    .formatted(
                            program,
                            version.map(FirecrackerVersion::toString).orElse("no Firecracker"),
                            FirecrackerVersion.OLDEST));
        }
        JailCheck jail = JailCheck.of(settings);
        if (jail.obstacle().isPresent() && settings.firecracker().requireJail()) {
            return unusable(
                    "HYPERFLEET_REQUIRE_JAIL is true, and " + jail.obstacle().get());
        }
        KvmProbe.Answer kvm = kvm(settings, program);
        if (!kvm.works()) {
            return unusable("Firecracker %s does not run here: %s".formatted(version.get(), kvm.reason()));
        }
        Firecracker firecracker = new Firecracker(program, version.get(), jail.jailer());
        String reason = "Firecracker %s with KVM, %s: %s.%s"
                .formatted(version.get(), describe(jail), kvm.reason(), warning(version.get()));
        return new FirecrackerCandidate(Optional.of(new VmmChoice(firecracker, reason)), "");
    }

    private static FirecrackerCandidate unusable(String obstacle) {
        return new FirecrackerCandidate(Optional.empty(), obstacle);
    }

    /** The version of the installed program, whether or not it can be used. */
    public static Optional<FirecrackerVersion> version(ProbeSettings settings) {
        return Program.find(settings.firecracker().program()).flatMap(FirecrackerCandidate::version);
    }

    private static Optional<FirecrackerVersion> version(Path program) {
        return FirecrackerVersion.parse(Program.run(List.of(program.toString(), "--version"), VERSION_TIMEOUT)
                .output());
    }

    private static KvmProbe.Answer kvm(ProbeSettings settings, Path program) {
        return settings.initrd()
                .map(initrd -> new HostProbe(settings)
                        .kvm(
                                program,
                                () -> KvmProbe.withFirecracker(
                                        new Shim(settings.shim()),
                                        settings.timeout(),
                                        program,
                                        settings.kernel(),
                                        initrd)))
                .orElseGet(() -> new KvmProbe.Answer(
                        Files.isWritable(KVM), "KVM is probed with our initramfs, which does not exist"));
    }

    private static String describe(JailCheck jail) {
        return jail.obstacle().map("WITHOUT ITS JAIL, because "::concat).orElse("in its jail");
    }

    private static String warning(FirecrackerVersion version) {
        String kernel = version.compareTo(FirecrackerVersion.ACPI) < 0
                ? " Before %s it requires a kernel with VIRTIO_MMIO_CMDLINE_DEVICES, which the default one lacks."
                        .formatted(FirecrackerVersion.ACPI)
                : "";
        String pause = version.pauseObstacle()
                .map(obstacle -> " Machines cannot be paused: %s.".formatted(obstacle))
                .or(() -> version.pauseWarning().map(" "::concat))
                .orElse("");
        return kernel + pause;
    }
}
