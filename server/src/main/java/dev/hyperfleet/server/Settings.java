package dev.hyperfleet.server;

import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.core.control.Timeouts;
import dev.hyperfleet.core.image.ImageReference;
import dev.hyperfleet.host.network.Cidr;
import dev.hyperfleet.host.network.Resolvers;
import dev.hyperfleet.host.network.TapSettings;
import dev.hyperfleet.host.probe.HostMemory;
import dev.hyperfleet.host.probe.ProbeSettings;
import dev.hyperfleet.host.probe.ProbeSettings.FirecrackerSettings;
import dev.hyperfleet.host.probe.ProbeSettings.Wanted;
import dev.hyperfleet.host.vmm.RateLimits;
import dev.hyperfleet.oci.registry.RegistryHttp;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * All settings, from environment variables. docs/configuration.md explains each.
 *
 * @param corsOrigins of web pages that may use the API
 * @param initrd empty for a kernel that boots the user's own root without an agent
 * @param scratch the disk image that every machine's disk is copied from
 * @param probes the folder with the results of probing this host
 * @param probeTimeout for the guest that tries KVM to boot
 * @param network how machines are connected
 * @param tap the settings of a network with TAPs
 * @param limits of each machine's disk and network
 * @param maxFileSize bytes that one request may write into a guest
 * @param rateLimit requests per second for each client of the API; 0 for no limit
 * @param quota what all machines together may use
 * @param audit the settings of the audit log
 * @param minFreeDisk free bytes below which no machine is created or started
 * @param maxBootBytes the space for boot snapshots
 * @param pool guests that wait for machines
 * @param archiveKey a secret that hosts share which trust each other's archives of snapshots
 * @param maxImageBytes of a container image, unpacked
 * @param registries where images may be pulled from
 */
record Settings(
        String host,
        int port,
        Path home,
        Path database,
        boolean authenticationDisabled,
        Set<String> corsOrigins,
        Wanted vmm,
        Path kernel,
        Optional<Path> initrd,
        Path rootfs,
        Path scratch,
        Path shim,
        Path probes,
        Duration probeTimeout,
        String kernelArgs,
        Path socketDirectory,
        Network network,
        TapSettings tap,
        FirecrackerSettings firecracker,
        RateLimits limits,
        OptionalLong maxFileSize,
        int rateLimit,
        Quota quota,
        AuditSettings audit,
        long minFreeDisk,
        ProxySettings proxy,
        Timeouts timeouts,
        long maxBootBytes,
        List<PoolShare> pool,
        Optional<String> archiveKey,
        long maxImageBytes,
        RegistryHttp.Access registries) {

    /** The kind of network. */
    enum Network {
        /** TAP for a VMM in its jail, otherwise user. */
        AUTO,
        USER,
        TAP
    }

    /** As in the contract. */
    private static final String DEFAULT_KERNEL_ARGS = "console=ttyS0 reboot=k panic=1 pci=off";

    private static final int DEFAULT_PORT = 3000;
    private static final long MIB = 1024 * 1024;
    private static final int DEFAULT_FIRST_USER = 900_000;
    private static final int MAX_FIRST_USER = 2_000_000_000;
    private static final String DEFAULT_POOL = "10.213.0.0/16";
    private static final int MIN_POOL = 8;
    private static final String POOL_FORM = "one IPv4 block of at least 8 addresses, like 10.213.0.0/16";
    private static final int MAX_PORT = 65535;
    private static final int DEFAULT_RATE_LIMIT = 1000;
    private static final int MAX_RATE_LIMIT = 1_000_000;
    private static final int DEFAULT_MIN_FREE_DISK_MIB = 512;
    private static final int MAX_MIN_FREE_DISK_MIB = 1_000_000_000;
    private static final int DEFAULT_WARM_START_MAX_MIB = 2048;
    private static final int MIN_ARCHIVE_KEY = 32;
    private static final int DEFAULT_IMAGE_MAX_MIB = 10_240;
    private static final int MAX_IMAGE_MIB = 1_000_000;
    private static final String REGISTRY_FORM = "registries like registry.example.com:5000";

    /** MiB of the host's memory per existing machine. */
    private static final long MIB_PER_MACHINE = 16;

    private static final long MIN_MACHINES = 100;
    private static final long MAX_MACHINES = 5_000;
    private static final long MAX_SNAPSHOTS = 1_000;

    /** MiB of the host's memory per running machine: its VMM takes some, however small the machine is. */
    private static final long MIB_PER_RUNNING = 64;

    private static final int MAX_TIMEOUT_SECONDS = 3600;
    private static final int DEFAULT_PROBE_TIMEOUT_SECONDS = 15;
    private static final int DEFAULT_START_TIMEOUT_SECONDS = 60;
    private static final int DEFAULT_STOP_TIMEOUT_SECONDS = 10;

    /** The length of sun_path in a Unix socket's address, without its terminating NUL. */
    private static final int MAX_SOCKET_PATH_BYTES = 107;

    /** The path below the folder: "/hyperfleet-01234567/abcdefghijkl/agent.sock". */
    private static final int SOCKET_NAME_BYTES = 44;

    /** Reads and checks them. An invalid one causes a {@link SettingException}. */
    static Settings from(Map<String, String> variables) {
        return from(new Environment(variables));
    }

    static Settings from(Environment environment) {
        Path home = environment.path("HYPERFLEET_HOME", Path.of(".hyperfleet"));
        Path images = home.resolve("images");
        boolean noInitrd = environment.text("HYPERFLEET_INITRD_PATH").equals(Optional.of("none"));
        Settings settings = new Settings(
                environment.text("HYPERFLEET_HOST").orElse("127.0.0.1"),
                environment.integer("PORT", 0, MAX_PORT, DEFAULT_PORT),
                home,
                environment.path("DATABASE_PATH", home.resolve("hyperfleet.db")),
                environment.flag("DISABLE_AUTH"),
                CorsOrigins.from(environment),
                vmm(environment.text("HYPERFLEET_VMM").orElse("auto")),
                environment.path("HYPERFLEET_KERNEL_IMAGE_PATH", images.resolve("vmlinux")),
                noInitrd
                        ? Optional.empty()
                        : Optional.of(environment.path("HYPERFLEET_INITRD_PATH", images.resolve("initramfs"))),
                environment.path("HYPERFLEET_ROOTFS_PATH", images.resolve("debian.ext4")),
                environment.path("HYPERFLEET_SCRATCH_PATH", images.resolve("scratch.ext4")),
                environment.path("HYPERFLEET_SHIM_PATH", home.resolve("bin/shim")),
                environment.path("HYPERFLEET_PROBE_DIR", home.resolve("host-probe")),
                environment.seconds("HYPERFLEET_PROBE_TIMEOUT", MAX_TIMEOUT_SECONDS, DEFAULT_PROBE_TIMEOUT_SECONDS),
                environment.text("HYPERFLEET_KERNEL_ARGS").orElse(DEFAULT_KERNEL_ARGS),
                environment.path("HYPERFLEET_SOCKET_DIR", Path.of("/tmp")),
                network(environment.text("HYPERFLEET_NETWORK").orElse("auto")),
                tap(environment),
                new FirecrackerSettings(
                        environment.text("HYPERFLEET_FIRECRACKER_BIN").orElse("firecracker"),
                        environment.text("HYPERFLEET_JAILER_BIN").orElse("jailer"),
                        environment.integer("HYPERFLEET_JAIL_FIRST_UID", 1, MAX_FIRST_USER, DEFAULT_FIRST_USER),
                        environment.flag("HYPERFLEET_REQUIRE_JAIL"),
                        home.resolve("jails")),
                new RateLimits(
                        environment.limit("HYPERFLEET_DISK_MIB_PER_SECOND", MIB),
                        environment.limit("HYPERFLEET_DISK_OPERATIONS_PER_SECOND", 1),
                        environment.limit("HYPERFLEET_NETWORK_MIB_PER_SECOND", MIB)),
                environment.limit("HYPERFLEET_FILE_MAX_SIZE", MIB),
                environment.integer("HYPERFLEET_RATE_LIMIT", 0, MAX_RATE_LIMIT, DEFAULT_RATE_LIMIT),
                quota(environment, HostMemory.totalMib()),
                AuditSettings.from(environment),
                MIB
                        * environment.integer(
                                "HYPERFLEET_MIN_FREE_DISK_MIB", 0, MAX_MIN_FREE_DISK_MIB, DEFAULT_MIN_FREE_DISK_MIB),
                ProxySettings.from(environment),
                new Timeouts(
                        environment.seconds(
                                "HYPERFLEET_START_TIMEOUT", MAX_TIMEOUT_SECONDS, DEFAULT_START_TIMEOUT_SECONDS),
                        environment.seconds(
                                "HYPERFLEET_STOP_TIMEOUT", MAX_TIMEOUT_SECONDS, DEFAULT_STOP_TIMEOUT_SECONDS)),
                MIB
                        * environment.integer(
                                "HYPERFLEET_WARM_START_MAX_MIB", 0, MAX_MIN_FREE_DISK_MIB, DEFAULT_WARM_START_MAX_MIB),
                environment.list("HYPERFLEET_WARM_POOL", PoolShare.FORM, PoolShare::parse),
                environment.text("HYPERFLEET_ARCHIVE_KEY"),
                MIB * environment.integer("HYPERFLEET_IMAGE_MAX_MIB", 1, MAX_IMAGE_MIB, DEFAULT_IMAGE_MAX_MIB),
                new RegistryHttp.Access(
                        Set.copyOf(environment.list("HYPERFLEET_REGISTRIES", REGISTRY_FORM, Settings::registry)),
                        Set.copyOf(
                                environment.list("HYPERFLEET_PLAIN_REGISTRIES", REGISTRY_FORM, Settings::registry))));
        environment.text(LogForm.SETTING);
        environment.refuseUnknown();
        settings.check();
        return settings;
    }

    /** The default protects the host's memory and the server's own. CPUs are shared. */
    private static Quota quota(Environment environment, long hostMib) {
        long machines = Math.clamp(hostMib / MIB_PER_MACHINE, MIN_MACHINES, MAX_MACHINES);
        long running = Math.max(1, hostMib / MIB_PER_RUNNING);
        return new Quota(
                environment.limitUnlessNone("HYPERFLEET_MAX_MACHINES", OptionalLong.of(machines)),
                environment.limitUnlessNone("HYPERFLEET_MAX_RUNNING", OptionalLong.of(running)),
                environment.limitUnlessNone("HYPERFLEET_MAX_VCPUS", OptionalLong.empty()),
                environment.limitUnlessNone("HYPERFLEET_MAX_MEM_SIZE_MIB", OptionalLong.of(hostMib)),
                environment.limitUnlessNone("HYPERFLEET_SNAPSHOT_MAX_COUNT", OptionalLong.of(MAX_SNAPSHOTS)),
                environment.limitUnlessNone("HYPERFLEET_SNAPSHOT_MAX_MIB", OptionalLong.empty()));
    }

    private static String registry(String name) {
        if (ImageReference.read(name + "/image").isEmpty()) {
            throw new IllegalArgumentException("no registry: " + name);
        }
        return name;
    }

    private static Wanted vmm(String name) {
        return switch (name) {
            case "auto" -> Wanted.AUTO;
            case "qemu" -> Wanted.QEMU;
            case "firecracker" -> Wanted.FIRECRACKER;
            default -> throw new SettingException("HYPERFLEET_VMM", name, "auto, qemu or firecracker");
        };
    }

    private static Network network(String name) {
        return switch (name) {
            case "auto" -> Network.AUTO;
            case "user" -> Network.USER;
            case "tap" -> Network.TAP;
            default -> throw new SettingException("HYPERFLEET_NETWORK", name, "auto, user or tap");
        };
    }

    private static TapSettings tap(Environment environment) {
        String block = environment.text("HYPERFLEET_NETWORK_POOL").orElse(DEFAULT_POOL);
        List<Cidr> pool = environment.list("HYPERFLEET_NETWORK_POOL", POOL_FORM, Cidr::parse);
        Cidr chosen = pool.isEmpty() ? Cidr.parse(DEFAULT_POOL) : pool.getFirst();
        if (pool.size() > 1 || chosen.size() < MIN_POOL) {
            throw new SettingException("HYPERFLEET_NETWORK_POOL", block, POOL_FORM);
        }
        List<Cidr> resolver = environment.list("HYPERFLEET_DNS", "an IPv4 address", Cidr::parse);
        if (resolver.size() > 1 || resolver.stream().anyMatch(address -> address.size() > 1)) {
            throw new SettingException(
                    "HYPERFLEET_DNS", environment.text("HYPERFLEET_DNS").orElse(""), "one IPv4 address");
        }
        return new TapSettings(
                chosen,
                environment.text("HYPERFLEET_DNS").or(Resolvers::first),
                environment.text("HYPERFLEET_EGRESS").isEmpty() || environment.flag("HYPERFLEET_EGRESS"),
                environment.list("HYPERFLEET_GUEST_REACHABLE", "IPv4 blocks like 10.1.0.0/16", Cidr::parse));
    }

    /** What to probe on the host. */
    ProbeSettings probe() {
        return new ProbeSettings(vmm, kernel, initrd, shim, probes, probeTimeout, firecracker, network == Network.USER);
    }

    private void check() {
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException unknown) {
            throw new SettingException("HYPERFLEET_HOST", host, "an address of this host");
        }
        if (authenticationDisabled && !address.isLoopbackAddress()) {
            throw new SettingException(
                    "DISABLE_AUTH", "true", "false unless HYPERFLEET_HOST is a loopback address; it is " + host);
        }
        if (maxBootBytes == 0 && !pool.isEmpty()) {
            throw new SettingException(
                    "HYPERFLEET_WARM_POOL",
                    pool.getFirst().text(),
                    "empty if HYPERFLEET_WARM_START_MAX_MIB is 0: pools need boot snapshots");
        }
        if (archiveKey.isPresent() && archiveKey.get().length() < MIN_ARCHIVE_KEY) {
            throw new SettingException(
                    "HYPERFLEET_ARCHIVE_KEY", "(hidden)", "at least %d characters".formatted(MIN_ARCHIVE_KEY));
        }
        if (database.toString().indexOf('?') >= 0) {
            throw new SettingException("DATABASE_PATH", database.toString(), "a path without '?'");
        }
        int length = socketDirectory.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length + SOCKET_NAME_BYTES > MAX_SOCKET_PATH_BYTES) {
            throw new SettingException(
                    "HYPERFLEET_SOCKET_DIR",
                    socketDirectory.toString(),
                    "at most %d bytes long: a Unix socket's path has to fit"
                            .formatted(MAX_SOCKET_PATH_BYTES - SOCKET_NAME_BYTES));
        }
    }
}
