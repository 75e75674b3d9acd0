package dev.hyperfleet.host.qemu;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.qemu.Qemu.Acceleration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which QEMU can load the memory that this one saves: the same version, and under KVM on the same model of CPU. It is
 * found out when it is first needed. Safe for concurrent use.
 */
final class MemoryFormat {
    private static final Pattern VERSION = Pattern.compile("version (\\S+)");
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final String MODEL = "model name";
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
        try (Stream<String> lines = Files.lines(CPUS)) {
            return lines.filter(line -> line.startsWith(MODEL))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown CPU");
        } catch (IOException failure) {
            throw new HyperfleetException(ErrorCode.INTERNAL_ERROR, "Cannot read " + CPUS, failure);
        }
    }
}
