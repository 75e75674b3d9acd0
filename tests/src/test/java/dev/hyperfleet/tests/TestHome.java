package dev.hyperfleet.tests;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Images and programs that ./dev test has prepared. */
final class TestHome {
    static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    static final Path HOME = Optional.ofNullable(System.getenv("HYPERFLEET_TEST_HOME"))
            .map(Path::of)
            .orElse(PROJECT.resolve(".hyperfleet"));
    static final Path LAUNCHER = PROJECT.resolve("hyperfleet");

    /** The factor by which timeouts are extended: the test host is emulated, see testhost/README.md. */
    static final long SLOWNESS = System.getenv("TESTHOST") == null ? 1 : 20;

    /** The platform of the tests. */
    static final String VMM =
            Optional.ofNullable(System.getenv("HYPERFLEET_VMM")).orElse("qemu");

    private TestHome() {}

    /** The environment of a server with a separate state folder. */
    static Map<String, String> environment(Path state) {
        Path images = HOME.resolve("images");
        return Map.ofEntries(
                Map.entry("HYPERFLEET_PREPARED", "1"),
                // Set, so that not every server of a test has to probe Firecracker.
                Map.entry("HYPERFLEET_VMM", VMM),
                Map.entry("HYPERFLEET_PROBE_DIR", HOME.resolve("host-probe").toString()),
                Map.entry("HYPERFLEET_HOME", state.toString()),
                Map.entry("HYPERFLEET_SOCKET_DIR", state.toString()),
                Map.entry(
                        "HYPERFLEET_KERNEL_IMAGE_PATH",
                        images.resolve("vmlinux").toString()),
                Map.entry("HYPERFLEET_INITRD_PATH", images.resolve("initramfs").toString()),
                Map.entry("HYPERFLEET_ROOTFS_PATH", images.resolve("tiny.ext4").toString()),
                Map.entry(
                        "HYPERFLEET_SCRATCH_PATH",
                        Optional.ofNullable(System.getenv("HYPERFLEET_TEST_SCRATCH"))
                                .orElse(images.resolve("scratch.ext4").toString())),
                Map.entry("HYPERFLEET_SHIM_PATH", HOME.resolve("bin/shim").toString()),
                Map.entry("HYPERFLEET_PROBE_TIMEOUT", String.valueOf(15 * SLOWNESS)),
                Map.entry("HYPERFLEET_START_TIMEOUT", String.valueOf(60 * SLOWNESS)),
                Map.entry("HYPERFLEET_RATE_LIMIT", "0"), // unless a test sets another; the same holds for the next
                Map.entry("HYPERFLEET_MIN_FREE_DISK_MIB", "0"),
                Map.entry("HYPERFLEET_MAX_MACHINES", "none"), // independent of the host's memory
                Map.entry("HYPERFLEET_MAX_RUNNING", "none"),
                Map.entry("HYPERFLEET_MAX_MEM_SIZE_MIB", "none"),
                Map.entry("PORT", "0"),
                Map.entry("PROXY_PORT", "0"));
    }
}
