package dev.hyperfleet.bench;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.ConsoleLogs;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.host.SuspendedMemory;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.host.VmmUsage;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.host.network.Cidr;
import dev.hyperfleet.host.network.TapNetwork;
import dev.hyperfleet.host.network.TapSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A host whose machines are just this computer's loopback, for {@link BareProxy}. */
final class FakeHost implements Host, SuspendedMemory {
    private final TapNetwork network =
            new TapNetwork(new TapSettings(Cidr.parse("10.213.0.0/16"), Optional.empty(), false, List.of()));

    @Override
    public Description describe() {
        return new Description("none", "none", "it is a benchmark's");
    }

    @Override
    public Optional<String> obstacle(Capability capability) {
        return Optional.empty();
    }

    @Override
    public String memoryFormat() {
        return "none";
    }

    @Override
    public SnapshotFiles snapshots() {
        throw new IllegalStateException("there are no guests");
    }

    @Override
    public SuspendedMemory suspended() {
        return this;
    }

    @Override
    public boolean exists(MachineId id) {
        return false;
    }

    @Override
    public void save(MachineId id, Vmm vmm, Duration timeout) {
        throw new IllegalStateException("there are no guests");
    }

    @Override
    public void requireLoadable(MachineId id) {}

    @Override
    public void discard(MachineId id) {}

    @Override
    public GuestIdentity identity(Machine machine) {
        throw new IllegalStateException("there are no guests");
    }

    @Override
    public int capacity() {
        return 1;
    }

    @Override
    public void requireRoom() {}

    @Override
    public boolean hasRoomBeside(long bytes) {
        return true;
    }

    @Override
    public boolean prepare(LaunchPlan plan, Duration timeout) {
        return false;
    }

    @Override
    public Vmm launch(LaunchPlan plan) {
        return new FakeVmm();
    }

    @Override
    public Map<MachineId, Vmm> adopt() {
        return Map.of();
    }

    @Override
    public VmmExit lastExit(MachineId id) {
        throw new IllegalStateException("nothing ends here");
    }

    @Override
    public NetworkAttachment attachment(MachineId id, int slot) {
        return new NetworkAttachment(
                "127.0.0.1", "AA:FC:00:00:00:01", false, Optional.empty(), Optional.of("127.0.0.1"));
    }

    /** As the product connects to machines with TAPs. */
    @Override
    public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
        return network.connect(attachment, port, timeout);
    }

    @Override
    public VmmUsage usage(ProcessIdentity process) {
        return new VmmUsage(Duration.ZERO, 0);
    }

    @Override
    public ConsoleLogs consoles() {
        throw new IllegalStateException("there are no guests");
    }

    @Override
    public void keepEvidence(MachineId id, String vmmState) {}

    @Override
    public void removeRuntime(MachineId id) {}

    @Override
    public void remove(MachineId id) {}

    @Override
    public Set<MachineId> list() {
        return Set.of();
    }

    private static final class FakeVmm implements Vmm {
        private final CompletableFuture<VmmExit> exit = new CompletableFuture<>();

        @Override
        public ProcessIdentity identity() {
            return new ProcessIdentity(1, 1, "boot");
        }

        @Override
        public Path socket() {
            return Path.of("/none");
        }

        @Override
        public CompletableFuture<VmmExit> exit() {
            return exit;
        }

        @Override
        public void boot(LaunchPlan plan) {}

        @Override
        public void pause(Duration timeout) {}

        @Override
        public void resume(Duration timeout) {}

        @Override
        public boolean isPaused() {
            return false;
        }

        @Override
        public void save(Path folder, Duration timeout) {}

        @Override
        public String inspect() {
            return "";
        }

        @Override
        public boolean pressPowerButton() {
            return false;
        }

        @Override
        public void kill() {}

        @Override
        public void close() {}
    }
}
