package dev.hyperfleet.host.probe;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.qemu.Qemu;
import dev.hyperfleet.host.shim.Shim;
import dev.hyperfleet.host.vmm.InstalledVmm;
import java.nio.file.Path;

/**
 * The chosen VMM, its acceleration, and the reason.
 *
 * @param reason a sentence
 */
public record VmmChoice(InstalledVmm vmm, String reason) {
    public static final String QEMU = "qemu-system-x86_64";

    /** Whether guests run without the help of the CPU, about ten times slower. */
    public boolean emulates() {
        return vmm instanceof Qemu qemu && qemu.acceleration() == Qemu.Acceleration.TCG;
    }

    public static VmmChoice make(ProbeSettings settings) {
        return switch (settings.vmm()) {
            case QEMU -> qemu(settings, "");
            case FIRECRACKER -> {
                FirecrackerCandidate candidate = FirecrackerCandidate.find(settings);
                yield candidate
                        .usable()
                        .orElseThrow(() -> new HyperfleetException(
                                ErrorCode.INTERNAL_ERROR,
                                "HYPERFLEET_VMM is firecracker, but %s. HYPERFLEET_VMM=auto uses QEMU instead."
                                        .formatted(candidate.obstacle())));
            }
            case AUTO -> {
                FirecrackerCandidate candidate = FirecrackerCandidate.find(settings);
                yield candidate.usable().orElseGet(() -> qemu(settings, candidate.obstacle()));
            }
        };
    }

    /**
     * QEMU.
     *
     * @param insteadOfFirecracker why it is not Firecracker; empty if that was not requested
     */
    private static VmmChoice qemu(ProbeSettings settings, String insteadOfFirecracker) {
        Path program = Program.find(QEMU)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        QEMU + " is not on the PATH. Install it: apt-get install qemu-system-x86"));
        String other = insteadOfFirecracker.isEmpty() ? "" : " Not Firecracker: %s.".formatted(insteadOfFirecracker);
        HostProbe host = new HostProbe(settings);
        Shim shim = new Shim(settings.shim());
        long tscKhz = host.tscKhz(shim);
        if (settings.initrd().isEmpty()) {
            return new VmmChoice(
                    new Qemu(program, Qemu.Acceleration.TCG, tscKhz),
                    "QEMU emulates: KVM is probed with our initramfs, which does not exist." + other);
        }
        Path initrd = settings.initrd().get();
        KvmProbe.Answer answer = host.kvm(
                program, () -> KvmProbe.withQemu(shim, settings.timeout(), program, settings.kernel(), initrd));
        return answer.works()
                ? new VmmChoice(
                        new Qemu(program, Qemu.Acceleration.KVM, tscKhz),
                        "QEMU with KVM: " + answer.reason() + "." + other)
                : new VmmChoice(
                        new Qemu(program, Qemu.Acceleration.TCG, tscKhz),
                        "QEMU emulates: " + answer.reason() + "." + other);
    }
}
