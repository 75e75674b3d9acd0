package dev.hyperfleet.host.probe;

import dev.hyperfleet.host.Program;
import dev.hyperfleet.host.firecracker.Firecracker.Jailer;
import dev.hyperfleet.host.network.HostFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Whether Firecracker can run in its jail on this host.
 *
 * @param jailer the jailer, if it can
 * @param obstacle why it cannot, otherwise
 */
public record JailCheck(Optional<Jailer> jailer, Optional<String> obstacle) {
    private static final Path CONTROL_GROUPS = Path.of("/sys/fs/cgroup");

    public static JailCheck of(ProbeSettings settings) {
        Optional<String> obstacle = obstacle(settings);
        if (obstacle.isPresent()) {
            return new JailCheck(Optional.empty(), obstacle);
        }
        String name = settings.firecracker().jailer();
        Optional<Path> program = Program.find(name);
        return program.map(found -> new JailCheck(
                        Optional.of(new Jailer(
                                found,
                                settings.firecracker().jails(),
                                settings.firecracker().firstUser())),
                        Optional.empty()))
                .orElseGet(() -> new JailCheck(Optional.empty(), Optional.of(name + " is not on the PATH")));
    }

    private static Optional<String> obstacle(ProbeSettings settings) {
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                return Optional.of("the server does not run as root");
            }
            if (!mapsUsers(settings)) {
                return Optional.of("this user namespace has no user ids from %d on (HYPERFLEET_JAIL_FIRST_UID)"
                        .formatted(settings.firecracker().firstUser()));
            }
        } catch (IOException failure) {
            return Optional.of("the server's user cannot be determined: " + failure);
        }
        if (controlGroups().isEmpty()) {
            return Optional.of("this host has no control groups of version 2 that the server may use");
        }
        if (settings.userNetwork()) {
            return Optional.of("HYPERFLEET_NETWORK is user, but a jail requires tap");
        }
        return HostFilter.obstacle();
    }

    /** The root of the control groups, if they are of version 2 and may be created. */
    public static Optional<Path> controlGroups() {
        boolean usable = Files.exists(CONTROL_GROUPS.resolve("cgroup.controllers"))
                && Files.isWritable(CONTROL_GROUPS.resolve("cgroup.procs"));
        return usable ? Optional.of(CONTROL_GROUPS) : Optional.empty();
    }

    private static boolean mapsUsers(ProbeSettings settings) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/uid_map"));
        long first = settings.firecracker().firstUser();
        return lines.stream().map(line -> line.strip().split("\\s+")).anyMatch(range -> {
            long begin = Long.parseLong(range[0]);
            return begin <= first && first < begin + Long.parseLong(range[2]);
        });
    }
}
