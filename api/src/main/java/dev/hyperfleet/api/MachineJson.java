package dev.hyperfleet.api;

import dev.hyperfleet.core.BootImage;
import dev.hyperfleet.core.Instance;
import dev.hyperfleet.core.Machine;
import dev.hyperfleet.core.NetworkAttachment;
import dev.hyperfleet.core.Sleep;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A machine as clients see it. What has no value now is null. */
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
        boolean autostart,
        @Nullable String errorMessage,
        Instant createdAt,
        Instant updatedAt) {

    static MachineJson of(Machine machine) {
        BootImage image = machine.spec().image();
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
                sleep.autostart(),
                machine.errorMessage().orElse(null),
                machine.createdAt(),
                machine.updatedAt());
    }
}
