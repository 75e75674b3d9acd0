package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.vmm.Qemu;
import java.nio.file.Path;

/**
 * Which VMM, with which acceleration, and why.
 *
 * @param reason a sentence
 */
record VmmChoice(Qemu qemu, String reason) {
    static final String QEMU = "qemu-system-x86_64";

    static VmmChoice make(Settings settings) {
        if (settings.vmm() == Settings.Vmm.FIRECRACKER) {
            throw new SettingException(
                    "HYPERFLEET_VMM", "firecracker", "auto or qemu: this version has no Firecracker");
        }
        Path program = Program.find(QEMU)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR,
                        QEMU + " is not on the PATH. Install it: apt-get install qemu-system-x86"));
        if (settings.initrd().isEmpty()) {
            return new VmmChoice(
                    new Qemu(program, Qemu.Acceleration.TCG, HostProbe.measureTsc(settings.shim())),
                    "QEMU emulates: KVM is probed with our initramfs, and there is none.");
        }
        HostProbe host = HostProbe.of(settings, program, settings.initrd().get());
        String reason = host.kvm().reason();
        return host.kvm().works()
                ? new VmmChoice(
                        new Qemu(program, Qemu.Acceleration.KVM, host.tscKhz()), "QEMU with KVM: " + reason + ".")
                : new VmmChoice(
                        new Qemu(program, Qemu.Acceleration.TCG, host.tscKhz()), "QEMU emulates: " + reason + ".");
    }
}
