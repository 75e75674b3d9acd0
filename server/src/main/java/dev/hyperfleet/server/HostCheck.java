package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.firecracker.FirecrackerVersion;
import dev.hyperfleet.host.network.HostFilter;
import dev.hyperfleet.host.network.Uplink;
import dev.hyperfleet.host.probe.FirecrackerCandidate;
import dev.hyperfleet.host.probe.HostClock;
import dev.hyperfleet.host.probe.HostMemory;
import dev.hyperfleet.host.probe.JailCheck;
import dev.hyperfleet.host.probe.ProbeSettings;
import dev.hyperfleet.host.probe.VmmChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Checks what a server with these settings needs on this host, one item at a time. */
final class HostCheck {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long MIB = 1024 * 1024;
    private static final long MIN_FREE_MIB = 2048;
    private static final long MIN_MEMORY_MIB = 512;

    private final Settings settings;
    private final List<Finding> findings = new ArrayList<>();

    /** The severity of a finding. */
    enum Level {
        OK,
        /** The server runs, but something is slow, short or missing. */
        WARN,
        /** The server cannot run. */
        FAIL;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The result of one check.
     *
     * @param remedy the command that fixes it; empty if nothing is wrong
     */
    record Finding(String check, Level level, String detail, String remedy) {}

    HostCheck(Settings settings) {
        this.settings = settings;
    }

    List<Finding> run() {
        ok("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        program(
                "firecracker",
                settings.firecracker().program(),
                settings.vmm() == ProbeSettings.Wanted.FIRECRACKER ? Level.FAIL : Level.OK,
                "install it from its releases; see docs/production.md");
        program(
                "qemu",
                VmmChoice.QEMU,
                settings.vmm() == ProbeSettings.Wanted.FIRECRACKER ? Level.OK : Level.FAIL,
                "apt-get install qemu-system-x86");
        pause();
        jail();
        uplink();
        namespaces();
        file("shim", settings.shim());
        file("kernel", settings.kernel());
        settings.initrd().ifPresent(initrd -> file("initramfs", initrd));
        file("root", settings.rootfs());
        file("empty disk", settings.scratch());
        home();
        sockets();
        memory();
        ports();
        clock();
        acceleration();
        return findings;
    }

    private void ok(String check, String detail) {
        findings.add(new Finding(check, Level.OK, detail, ""));
    }

    private void program(String check, String name, Level without, String remedy) {
        Optional<Path> found = Program.find(name);
        if (found.isEmpty()) {
            boolean needed = without != Level.OK;
            String detail = name + " is not on the PATH" + (needed ? "" : ", and is not needed");
            findings.add(new Finding(check, without, detail, needed ? remedy : ""));
            return;
        }
        String version = Program.run(List.of(found.get().toString(), "--version"), TIMEOUT)
                .output()
                .lines()
                .findFirst()
                .orElse("");
        ok(check, found.get() + " (" + version + ")");
    }

    /** Adds no line if all is well: Firecracker gets a second line only if its version matters. */
    private void pause() {
        if (settings.vmm() == ProbeSettings.Wanted.QEMU) {
            return;
        }
        FirecrackerCandidate.version(settings.probe())
                .flatMap(HostCheck::pauseTrouble)
                .ifPresent(trouble -> findings.add(new Finding(
                        "pause",
                        Level.WARN,
                        trouble,
                        "install Firecracker %s or newer, then stop and start running machines; see docs/production.md"
                                .formatted(FirecrackerVersion.PAUSE_WORKS))));
    }

    private static Optional<String> pauseTrouble(FirecrackerVersion version) {
        return version.pauseObstacle()
                .map("machines cannot be paused, and their memory not saved: "::concat)
                .or(version::pauseWarning);
    }

    private void jail() {
        if (settings.vmm() == ProbeSettings.Wanted.QEMU
                || Program.find(settings.firecracker().program()).isEmpty()) {
            return; // nothing to confine
        }
        JailCheck jail = JailCheck.of(settings.probe());
        jail.obstacle()
                .ifPresentOrElse(
                        obstacle -> findings.add(new Finding(
                                "jail",
                                settings.firecracker().requireJail() ? Level.FAIL : Level.WARN,
                                "Firecracker would run without its jail: " + obstacle,
                                "fix this; see docs/production.md")),
                        () -> ok("jail", "Firecracker runs in its jail, each machine with its own user"));
    }

    private void uplink() {
        if (settings.network() == Settings.Network.TAP) {
            HostFilter.obstacle()
                    .ifPresentOrElse(
                            obstacle -> findings.add(new Finding(
                                    "network", Level.FAIL, "HYPERFLEET_NETWORK is tap: " + obstacle, "fix this")),
                            () -> ok(
                                    "network",
                                    "machines get their own networks, from "
                                            + settings.tap().pool()));
            return;
        }
        Uplink uplink = Uplink.find();
        uplink.program()
                .ifPresentOrElse(
                        program -> ok("network", "guests reach the internet through " + program),
                        () -> findings.add(new Finding(
                                "network",
                                Level.WARN,
                                uplink.problem() + ": guests will have no uplink",
                                uplink.remedy())));
    }

    private void namespaces() {
        Program.Result result = Program.run(List.of("unshare", "--user", "--net", "--map-root-user", "true"), TIMEOUT);
        if (result.exitCode() == 0) {
            ok("namespaces", "this user may create user and network namespaces");
        } else {
            findings.add(new Finding(
                    "namespaces",
                    Level.FAIL,
                    result.errors().strip(),
                    "sysctl user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1 "
                            + "kernel.apparmor_restrict_unprivileged_userns=0 (the ones that your kernel "
                            + "supports)"));
        }
    }

    private void file(String check, Path file) {
        if (Files.isReadable(file) && Files.isRegularFile(file)) {
            ok(check, file.toString());
        } else {
            findings.add(new Finding(check, Level.FAIL, file + " cannot be read", "hyperfleet setup"));
        }
    }

    private void home() {
        Path home = settings.home();
        try {
            Folders.createHome(home);
            long free = Files.getFileStore(home).getUsableSpace() / MIB;
            boolean enough = free >= MIN_FREE_MIB && Files.isWritable(home);
            findings.add(new Finding(
                    "home",
                    enough ? Level.OK : Level.WARN,
                    "%s, %d MiB free".formatted(home, free),
                    enough ? "" : "free some space, or set HYPERFLEET_HOME to a larger disk"));
        } catch (HyperfleetException | IOException failure) {
            findings.add(new Finding("home", Level.FAIL, String.valueOf(failure.getMessage()), "set HYPERFLEET_HOME"));
        }
    }

    private void sockets() {
        Path folder = settings.socketDirectory();
        if (Files.isDirectory(folder) && Files.isWritable(folder)) {
            ok("sockets", folder.toString());
        } else {
            findings.add(new Finding(
                    "sockets",
                    Level.FAIL,
                    folder + " is not a folder that can be written to",
                    "set HYPERFLEET_SOCKET_DIR"));
        }
    }

    private void memory() {
        long total = HostMemory.totalMib();
        long available = HostMemory.availableBytes().orElse(total * MIB) / MIB;
        boolean enough = total >= MIN_MEMORY_MIB && available >= MIN_MEMORY_MIB;
        findings.add(new Finding(
                "memory",
                enough ? Level.OK : Level.WARN,
                "%d MiB, %d of them available".formatted(total, available),
                enough ? "" : "stop other programs, or use a host with more memory"));
    }

    private void ports() {
        boolean running = isRunning();
        port("port", "PORT", settings.host(), settings.port(), running);
        port(
                "proxy port",
                "PROXY_PORT",
                settings.proxy().host(),
                settings.proxy().port(),
                running);
    }

    /** Whether a server runs on this home. */
    private boolean isRunning() {
        if (!Files.exists(HomeLock.file(settings.home()))) {
            return false; // taking the lock would create it
        }
        try {
            HeldLock lock = HomeLock.acquire(settings.home());
            lock.close();
            return false;
        } catch (HyperfleetException taken) {
            return taken.code() == ErrorCode.CONFLICT;
        }
    }

    private void port(String check, String setting, String host, int port, boolean running) {
        String where = "%s port %d".formatted(host, port);
        PortCheck.State state;
        try {
            state = PortCheck.of(host, port);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return;
        }
        switch (state) {
            case FREE -> ok(check, where + " is free");
            case OURS -> {
                if (running) {
                    ok(check, "the server of this home listens on " + where);
                } else {
                    findings.add(new Finding(
                            check,
                            Level.FAIL,
                            "another Hyperfleet server listens on " + where,
                            "stop it, or set %s to another port".formatted(setting)));
                }
            }
            case TAKEN ->
                findings.add(new Finding(
                        check,
                        Level.FAIL,
                        "%s is taken by another program, or may not be used".formatted(where),
                        "set %s to another port; 'ss -ltnp sport = :%d' shows the program".formatted(setting, port)));
        }
    }

    /** Guests' clocks follow the host's, and keys and links expire by it. */
    private void clock() {
        HostClock.isSynchronised().ifPresent(synchronised -> {
            if (synchronised) {
                ok("clock", "synchronised");
            } else {
                findings.add(new Finding(
                        "clock",
                        Level.WARN,
                        "not synchronised: guests get the host's time, and keys and links expire by it",
                        "apt-get install systemd-timesyncd, or chrony"));
            }
        });
    }

    private void acceleration() {
        boolean canBoot = findings.stream()
                .noneMatch(finding ->
                        finding.level() == Level.FAIL && !finding.check().endsWith("port"));
        if (!canBoot) {
            findings.add(
                    new Finding("acceleration", Level.WARN, "not probed: fix the above first", "hyperfleet doctor"));
            return;
        }
        VmmChoice choice = VmmChoice.make(settings.probe());
        if (!choice.emulates()) {
            ok("acceleration", choice.reason());
            return;
        }
        findings.add(new Finding(
                "acceleration",
                Level.WARN,
                choice.reason() + " Machines start and run about ten times slower",
                "use hardware, or a cloud instance with nested virtualisation, that has /dev/kvm, and add the user to "
                        + "the group kvm; see docs/production.md"));
    }
}
