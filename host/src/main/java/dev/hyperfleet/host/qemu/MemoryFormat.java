package dev.hyperfleet.host.qemu;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.qemu.Qemu.Acceleration;
import dev.hyperfleet.host.vmm.CpuModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which QEMU can load the memory that this one saves: the same version, and under KVM on the same model of CPU. It is
 * found out when it is first needed. Safe for concurrent use.
 */
final class MemoryFormat {
    private static final Pattern VERSION = Pattern.compile("version (\\S+)");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Qemu qemu;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Optional<String> known = Optional.empty();

    MemoryFormat(Qemu qemu) {
        this.qemu = qemu;
    }

    String get() {
        return known.orElseGet(this::find);
    }

    private String find() {
        lock.lock();
        try {
            String found = known.orElseGet(() -> "QEMU %s, %s".formatted(version(), cpu()));
            known = Optional.of(found);
            return found;
        } finally {
            lock.unlock();
        }
    }

    private String version() {
        String output = Program.run(List.of(qemu.program().toString(), "--version"), TIMEOUT)
                .output();
        Matcher version = VERSION.matcher(output);
        if (!version.find()) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR, "%s does not say its version".formatted(qemu.program()));
        }
        return version.group(1);
    }

    private String cpu() {
        if (qemu.acceleration() == Acceleration.TCG) {
            return "CPU emulated at %d MHz".formatted(qemu.tscKhz() / 1000); // the rate of the guest's clock
        }
        return CpuModel.read();
    }
}
