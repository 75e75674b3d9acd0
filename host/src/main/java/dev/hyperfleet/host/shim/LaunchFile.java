package dev.hyperfleet.host.shim;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.network.NetworkPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The shim's instructions for a machine; see protocol/README.md, and shim/spec.go for each field. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record LaunchFile(
        int version,
        long run,
        String confinement,
        List<String> command,
        List<String> sockets,
        String control,
        String consoleLog,
        String vmmLog,
        long logLimit,
        String exitRecord,
        String uplink,
        List<String> unreachable,
        Limits limits,
        @Nullable Network network,
        @Nullable Jail jail,
        @Nullable Cgroup cgroup,
        @Nullable Relays relays,
        List<String> haltWords) {

    private static final long LOG_LIMIT_BYTES = 1024 * 1024;
    private static final long OPEN_FILES_LIMIT = 1024;
    private static final String TAP_PREFIX = "/30";

    /** The port that the agent listens on: protocol/guest/v1/channel.json. */
    static final int AGENT_PORT = 1024;

    private record Limits(long addressSpace, long fileSize, long openFiles) {}

    private record Network(
            @Nullable Pair pair,
            String gateway,
            String guest,
            String guestMac,
            String rules,
            int owner,
            boolean inherit) {}

    private record Pair(String device, String hostAddress, String address) {}

    private record Jail(String folder, String root, int uid, List<JailedFile> files) {}

    private record JailedFile(String source, String name, boolean writable) {}

    private record Cgroup(String path, Map<String, String> settings, Map<String, String> wishes) {}

    private record Relays(
            String folder,
            String api,
            String apiListen,
            String vsock,
            int port,
            String agentListen,
            boolean listening,
            String log) {}

    /**
     * @param run counts the machine's starts
     */
    static LaunchFile of(MachineFiles files, Launch launch, long run) {
        return new LaunchFile(
                ShimFormat.VERSION,
                run,
                launch.jail().isPresent() ? "jail" : "namespaces",
                launch.command(),
                launch.sockets().stream().map(Path::toString).toList(),
                files.supervisorSocket().toString(),
                files.consoleLog().toString(),
                files.vmmLog().toString(),
                LOG_LIMIT_BYTES,
                files.exitRecord().toString(),
                launch.network().uplink().orElse(""),
                launch.network().unreachable(),
                new Limits(launch.limits().addressSpace(), launch.limits().fileSize(), OPEN_FILES_LIMIT),
                network(launch).orElse(null),
                launch.jail().map(LaunchFile::jail).orElse(null),
                launch.limits()
                        .group()
                        .map(group -> new Cgroup(group.path().toString(), group.settings(), group.optionalSettings()))
                        .orElse(null),
                launch.relays().map(relays -> relays(files, relays)).orElse(null),
                launch.haltWords());
    }

    private static Optional<Network> network(Launch launch) {
        NetworkPlan plan = launch.network();
        return plan.filter()
                .map(filter -> new Network(
                        plan.pair()
                                .map(pair -> new Pair(pair.device(), pair.hostAddress(), pair.address()))
                                .orElse(null),
                        plan.gateway() + TAP_PREFIX,
                        plan.attachment().guestAddress(),
                        plan.attachment().guestMac(),
                        filter,
                        launch.jail().map(Launch.Jail::user).orElse(0),
                        launch.relays().isEmpty()));
    }

    private static Jail jail(Launch.Jail jail) {
        return new Jail(
                jail.folder().toString(),
                jail.root().toString(),
                jail.user(),
                jail.files().stream()
                        .map(file -> new JailedFile(file.source().toString(), file.name(), file.writable()))
                        .toList());
    }

    private static Relays relays(MachineFiles files, Launch.Relays relays) {
        return new Relays(
                relays.folder().toString(),
                Launch.Relays.API,
                files.vmmSocket().toString(),
                Launch.Relays.VSOCK,
                AGENT_PORT,
                files.agentSocket().toString(),
                relays.listening(),
                Launch.Relays.LOG);
    }

    void write(Path file) {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.write(unfinished, ShimFormat.JSON.writeValueAsBytes(this));
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw HostErrors.of("write", file, failure);
        }
    }
}
