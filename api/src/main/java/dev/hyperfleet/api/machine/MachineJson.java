package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.image.ImageSource;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.machine.RestartPolicy;
import dev.hyperfleet.core.machine.Restarts;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.machine.Start;
import dev.hyperfleet.core.machine.TimeToLive;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A machine as sent to clients. Fields without a current value are null. */
record MachineJson(
        String id,
        String name,
        String status,
        int vcpuCount,
        long memSizeMib,
        String kernelImagePath,
        String kernelArgs,
        @Nullable String initrdPath,
        String rootfsPath,
        @Nullable ImageJson image,
        @Nullable String socketPath,
        @Nullable String tapDevice,
        @Nullable String tapIp,
        @Nullable String guestIp,
        @Nullable String guestMac,
        @Nullable String privateIp,
        @Nullable Boolean egress,
        @Nullable Long pid,
        List<Integer> exposedPorts,
        List<Integer> publicPorts,
        String autostop,
        long idleTimeout,
        @Nullable Long suspendAfter,
        boolean autostart,
        RestartJson restart,
        List<CheckJson> checks,
        @Nullable Instant expiresAt,
        @Nullable String ttlAction,
        @Nullable String owner,
        @Nullable String snapshot,
        boolean warmStart,
        @Nullable String startedFrom,
        @Nullable RestoreJson restore,
        @Nullable String errorMessage,
        List<String> warnings,
        Instant createdAt,
        Instant updatedAt) {

    /** The container image that it was made of. */
    record ImageJson(String reference, String digest) {
        static ImageJson of(ImageSource source) {
            return new ImageJson(source.reference(), source.digest());
        }
    }

    /** When it is restarted automatically, and how often it has been. */
    record RestartJson(
            String policy,
            int maxRetries,
            int count,
            @Nullable Instant nextAt) {
        static RestartJson of(Machine machine) {
            RestartPolicy policy = machine.spec().automation().restart();
            Restarts restarts = machine.restarts();
            return new RestartJson(
                    MachineBody.text(policy.when()),
                    policy.maxRetries(),
                    restarts.count(),
                    restarts.next().orElse(null));
        }
    }

    /** A health check as configured. Times are in seconds. */
    record CheckJson(
            String name,
            String type,
            @Nullable Integer port,
            @Nullable String path,
            @Nullable List<String> command,
            long interval,
            long timeout,
            long gracePeriod,
            int healthyThreshold,
            int unhealthyThreshold,
            boolean gate) {
        static CheckJson of(HealthCheck check) {
            return new CheckJson(
                    check.name(),
                    MachineBody.text(check.kind()),
                    check.port().orElse(null),
                    check.path().orElse(null),
                    check.command().isEmpty() ? null : check.command(),
                    check.interval().toSeconds(),
                    check.timeout().toSeconds(),
                    check.grace().toSeconds(),
                    check.healthyAfter(),
                    check.unhealthyAfter(),
                    check.gate());
        }
    }

    /**
     * How the run began, if it did not simply boot.
     *
     * @param loadMs until the VMM had the saved state
     * @param renewMs from then on, until the guest was a machine of its own
     * @param error why it booted instead
     */
    record RestoreJson(
            @Nullable String snapshot,
            double loadMs,
            double renewMs,
            @Nullable String error) {
        static Optional<RestoreJson> of(Start start) {
            if (start.from() == Start.From.BOOT && start.obstacle().isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new RestoreJson(
                    start.snapshot().map(SnapshotId::value).orElse(null),
                    milliseconds(start.load()),
                    milliseconds(start.renewal()),
                    start.obstacle().orElse(null)));
        }

        private static double milliseconds(Duration duration) {
            return duration.toNanos() / 1e6;
        }
    }

    /** The user's snapshot that its next start continues from. While it starts, there is no next start yet. */
    private static Optional<String> snapshot(Machine machine) {
        return machine.startsFrom()
                .filter(_ -> machine.status() != MachineStatus.STARTING)
                .map(SnapshotId::value);
    }

    static MachineJson of(Machine machine) {
        Image image = machine.spec().image();
        Optional<TimeToLive> end = machine.spec().automation().timeToLive();
        Sleep sleep = machine.spec().automation().sleep();
        Optional<Instance> instance = machine.instance();
        Optional<NetworkAttachment> network = instance.map(Instance::network);
        Optional<NetworkAttachment.Tap> tap = network.flatMap(NetworkAttachment::tap);
        return new MachineJson(
                machine.id().value(),
                machine.spec().name(),
                machine.status().text(),
                machine.spec().vcpuCount(),
                machine.spec().memSizeMib(),
                image.kernel().toString(),
                image.kernelArgs(),
                image.initrd().map(Path::toString).orElse(null),
                image.rootfs().toString(),
                image.source().map(ImageJson::of).orElse(null),
                instance.map(it -> it.socket().toString()).orElse(null),
                tap.map(NetworkAttachment.Tap::device).orElse(null),
                tap.map(NetworkAttachment.Tap::address).orElse(null),
                network.map(NetworkAttachment::guestAddress).orElse(null),
                network.map(NetworkAttachment::guestMac).orElse(null),
                network.flatMap(NetworkAttachment::privateAddress).orElse(null),
                network.map(NetworkAttachment::egress).orElse(null),
                instance.map(it -> it.process().pid()).orElse(null),
                machine.spec().exposedPorts(),
                machine.spec().publicPorts(),
                MachineBody.text(sleep.autostop()),
                sleep.idleTimeout().toSeconds(),
                sleep.suspendAfter().map(Duration::toSeconds).orElse(null),
                sleep.autostart(),
                RestartJson.of(machine),
                machine.spec().automation().checks().stream().map(CheckJson::of).toList(),
                end.map(TimeToLive::expiresAt).orElse(null),
                end.map(it -> it.delete() ? "delete" : "stop").orElse(null),
                machine.owner().map(Owner::name).orElse(null),
                snapshot(machine).orElse(null),
                machine.spec().warmStart(),
                instance.map(it -> MachineBody.text(it.start().from())).orElse(null),
                instance.map(Instance::start).flatMap(RestoreJson::of).orElse(null),
                machine.errorMessage().orElse(null),
                machine.spec().lackOfMemory().stream().toList(),
                machine.createdAt(),
                machine.updatedAt());
    }
}
