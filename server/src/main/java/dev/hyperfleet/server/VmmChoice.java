package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.Shim;
import dev.hyperfleet.vmm.Firecracker;
import dev.hyperfleet.vmm.FirecrackerVersion;
import dev.hyperfleet.vmm.KvmProbe;
import dev.hyperfleet.vmm.Qemu;
import dev.hyperfleet.vmm.Vmm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which VMM, with which acceleration, and why.
 *
 * @param reason a sentence
 */
record VmmChoice(Vmm vmm, String reason) {
    static final String QEMU = "qemu-system-x86_64";
    private static final Duration VERSION_TIMEOUT = Duration.ofSeconds(10);

    /** What of Firecracker there is: it can be used, or why it cannot. */
    private record Candidate(Optional<VmmChoice> usable, String obstacle) {}

    static VmmChoice make(Settings settings) {
        return switch (settings.vmm()) {
            case QEMU -> qemu(settings, "");
            case FIRECRACKER -> {
                Candidate candidate = firecracker(settings);
                yield candidate
                        .usable()
                        .orElseThrow(() -> new HyperfleetException(
                                ErrorCode.INTERNAL_ERROR,
                                "HYPERFLEET_VMM is firecracker, but %s. HYPERFLEET_VMM=auto takes QEMU instead."
                                        .formatted(candidate.obstacle())));
            }
            case AUTO -> {
                Candidate candidate = firecracker(settings);
                yield candidate.usable().orElseGet(() -> qemu(settings, candidate.obstacle()));
            }
        };
    }

    private static Candidate firecracker(Settings settings) {
        Optional<Path> program = Program.find(settings.firecracker().program());
        if (program.isEmpty()) {
            return obstacle(settings.firecracker().program() + " is not on the PATH");
        }
        String printed = Program.run(List.of(program.get().toString(), "--version"), VERSION_TIMEOUT)
                .output();
        Optional<FirecrackerVersion> version = FirecrackerVersion.parse(printed);
        if (version.isEmpty() || !version.get().isSupported()) {
            return obstacle("%s is %s, and %s or newer is needed"
                    .formatted(
                            program.get(),
                            version.map(FirecrackerVersion::toString).orElse("no Firecracker"),
                            FirecrackerVersion.OLDEST));
        }
        JailCheck jail = JailCheck.of(settings);
        if (jail.obstacle().isPresent() && settings.firecracker().requireJail()) {
            return obstacle(
                    "HYPERFLEET_REQUIRE_JAIL is true, and " + jail.obstacle().get());
        }
        Path kvm = Path.of("/dev/kvm");
        KvmProbe.Answer answer = settings.initrd()
                .map(initrd -> new HostProbe(settings)
                        .kvm(program.get(), () -> KvmProbe.withFirecracker(program.get(), settings.kernel(), initrd)))
                .orElseGet(() -> new KvmProbe.Answer(
                        java.nio.file.Files.isWritable(kvm),
                        "KVM is taken as it is: it is probed with our initramfs, and there is none"));
        if (!answer.works()) {
            return obstacle("Firecracker %s does not run here: %s".formatted(version.get(), answer.reason()));
        }
        String how = jail.jailer().isPresent()
                ? "in its jail"
                : "WITHOUT ITS JAIL, because " + jail.obstacle().orElse("");
        return new Candidate(
                Optional.of(new VmmChoice(
                        new Firecracker(program.get(), version.get(), jail.jailer()),
                        "Firecracker %s with KVM, %s: %s.".formatted(version.get(), how, answer.reason()))),
                "");
    }

    private static Candidate obstacle(String obstacle) {
        return new Candidate(Optional.empty(), obstacle);
    }

    /**
     * QEMU.
     *
     * @param insteadOfFirecracker why it is not that; empty where nobody has asked
     */
    private static VmmChoice qemu(Settings settings, String insteadOfFirecracker) {
        Path program = Program.find(QEMU)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        QEMU + " is not on the PATH. Install it: apt-get install qemu-system-x86"));
        String other = insteadOfFirecracker.isEmpty() ? "" : " Not Firecracker: %s.".formatted(insteadOfFirecracker);
        HostProbe host = new HostProbe(settings);
        long tscKhz = host.tscKhz(new Shim(settings.shim()));
        if (settings.initrd().isEmpty()) {
            return new VmmChoice(
                    new Qemu(program, Qemu.Acceleration.TCG, tscKhz),
                    "QEMU emulates: KVM is probed with our initramfs, and there is none." + other);
        }
        Path initrd = settings.initrd().get();
        KvmProbe.Answer answer = host.kvm(program, () -> KvmProbe.withQemu(program, settings.kernel(), initrd));
        return answer.works()
                ? new VmmChoice(
                        new Qemu(program, Qemu.Acceleration.KVM, tscKhz),
                        "QEMU with KVM: " + answer.reason() + "." + other)
                : new VmmChoice(
                        new Qemu(program, Qemu.Acceleration.TCG, tscKhz),
                        "QEMU emulates: " + answer.reason() + "." + other);
    }
}
