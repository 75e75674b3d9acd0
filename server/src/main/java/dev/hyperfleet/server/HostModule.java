package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.GuestConnector;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.guest.GrpcGuestConnector;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.console.ConsoleFiles;
import dev.hyperfleet.host.disk.DiskSpace;
import dev.hyperfleet.host.disk.HostDisks;
import dev.hyperfleet.host.local.LocalHost;
import dev.hyperfleet.host.network.HostFilter;
import dev.hyperfleet.host.network.MachineNetwork;
import dev.hyperfleet.host.network.TapNetwork;
import dev.hyperfleet.host.network.Uplink;
import dev.hyperfleet.host.network.UserNetwork;
import dev.hyperfleet.host.probe.JailCheck;
import dev.hyperfleet.host.probe.VmmChoice;
import dev.hyperfleet.host.shim.Shim;
import dev.hyperfleet.host.shim.ShimSupervisor;
import dev.hyperfleet.host.snapshot.LocalSnapshots;
import dev.hyperfleet.host.snapshot.SuspendedFiles;
import dev.hyperfleet.host.vmm.InstalledVmm;
import dev.hyperfleet.host.vmm.MachineSettings;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * This host, and the agents in its guests.
 *
 * @param space of the file systems that the server writes to
 */
record HostModule(Host host, GuestConnector guests, DiskSpace space) {
    /**
     * Prepares the host for the machines of this fleet.
     *
     * @param fleet the identity that is part of names on the host
     * @param archiveKey signs archives unless the settings have another key
     */
    static HostModule open(Foundation base, VmmChoice vmm, HostClaims claims, String fleet, byte[] archiveKey) {
        Settings settings = base.settings();
        String name = "hyperfleet-" + fleet;
        MachineLayout layout =
                MachineLayout.in(settings.home(), settings.socketDirectory().resolve(name));
        Folders.create(layout.machines());
        Folders.claim(layout.sockets());
        SnapshotLayout snapshots = SnapshotLayout.in(settings.home());
        Folders.create(snapshots.snapshots());
        GrpcGuestConnector guests = new GrpcGuestConnector(id -> layout.of(id).agentSocket(), base.random());
        base.closings().add("guests", guests::close);
        Shim shim = new Shim(settings.shim());
        DiskSpace space = SelfCheck.watch(
                layout.machines(), settings.database().resolveSibling(""), settings.minFreeDisk(), base.metrics());
        VmmDriver driver = vmm.vmm()
                .driver(
                        vmm.reason(),
                        new MachineSettings(
                                layout,
                                snapshots,
                                JailCheck.controlGroups().map(root -> root.resolve(name)),
                                settings.limits()));
        Host host = new LocalHost(
                driver,
                new ShimSupervisor(shim, layout),
                network(settings, vmm.vmm(), claims, fleet),
                new HostDisks(layout, snapshots, settings.scratch(), shim, space, base.time()),
                new LocalSnapshots(
                        snapshots,
                        layout,
                        settings.archiveKey()
                                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                                .orElse(archiveKey),
                        base.time()),
                new SuspendedFiles(layout, driver::memoryFormat),
                new ConsoleFiles(layout));
        return new HostModule(host, guests, space);
    }

    private static MachineNetwork network(Settings settings, InstalledVmm vmm, HostClaims claims, String fleet) {
        vmm.firstUser().ifPresent(claims::users);
        boolean tap = settings.network() == Settings.Network.TAP
                || (settings.network() == Settings.Network.AUTO
                        && vmm.firstUser().isPresent());
        if (!tap) {
            Optional<Path> uplink = settings.tap().egress() ? Uplink.find().program() : Optional.empty();
            return new UserNetwork(uplink, settings.tap().allowed(), vmm.needsTap());
        }
        HostFilter.obstacle().ifPresent(obstacle -> {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "HYPERFLEET_NETWORK=tap is not possible: %s. 'user' needs no privileges.".formatted(obstacle));
        });
        claims.addresses(settings.tap().pool());
        new HostFilter(settings.tap(), fleet).apply(settings.home().resolve("firewall.nft"));
        return new TapNetwork(settings.tap());
    }
}
