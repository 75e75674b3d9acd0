package dev.hyperfleet.host.qemu;

import dev.hyperfleet.host.vmm.InstalledVmm;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * The program, and the options of every machine.
 *
 * @param program qemu-system-x86_64
 * @param tscKhz the rate of the host's time stamp counter in kHz
 */
public record Qemu(Path program, Acceleration acceleration, long tscKhz) implements InstalledVmm {
    /** QEMU's name for the memory of a microvm's guest. */
    static final String MEMORY = "microvm.ram";

    /** The size of TCG's code cache. Its default, 1 GiB, would exceed most machines' memory. */
    static final long TRANSLATED_CODE_MIB = 256;

    /** How guests' instructions are executed. */
    public enum Acceleration {
        /** By the CPU. */
        KVM,
        /** By translation: works anywhere, about ten times slower. */
        TCG;

        /** The name in the API. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public VmmDriver driver(String reason, MachineSettings settings) {
        return new QemuDriver(this, reason, settings);
    }

    @Override
    public OptionalInt firstUser() {
        return OptionalInt.empty();
    }

    @Override
    public boolean needsTap() {
        return false;
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    /**
     * Kernel arguments for the clock. An emulated CPU shows the host's time stamp counter, whose rate the kernel would
     * measure against a timer that this machine emulates too. If QEMU does not get a core to itself at that moment,
     * this fails, and the kernel waits for ever for a tick (measured: 1 of 3 starts on an idle host, all of them on a
     * busy one). For the same reason the kernel must not check the counter against that timer: it would trust the timer
     * (measured: 8 of 18 starts on a busy host), and lose the time of each late tick. With KVM there is a clock for
     * this.
     */
    List<String> kernelArguments() {
        return acceleration == Acceleration.TCG
                ? List.of("tsc_early_khz=" + tscKhz, "tsc=reliable", "hyperfleet.timer=check")
                : List.of();
    }

    /** A machine with a console on standard output, without kernel and devices yet. */
    public List<String> command(long memSizeMib, int vcpuCount) {
        // "-no-reboot" ends QEMU when the guest reboots or powers off. A PIT and a PIC are left on: without them the
        // kernel cannot calibrate its timers under TCG. The guest's memory is excluded from core dumps, even if the
        // host collects dumps regardless of limits.
        return List.of(
                program.toString(),
                "-M",
                "microvm,rtc=on,dump-guest-core=off",
                "-accel",
                acceleration == Acceleration.KVM ? "kvm" : "tcg,thread=multi,tb-size=" + TRANSLATED_CODE_MIB,
                "-cpu",
                acceleration == Acceleration.KVM ? "host" : "max",
                "-m",
                memSizeMib + "M",
                "-smp",
                String.valueOf(vcpuCount),
                "-nodefaults",
                "-no-user-config",
                "-no-reboot",
                "-display",
                "none",
                "-sandbox",
                "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
                "-chardev",
                "stdio,id=console,signal=off",
                "-serial",
                "chardev:console");
    }
}
