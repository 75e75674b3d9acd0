package dev.hyperfleet.bench;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.host.Hypervisor;
import dev.hyperfleet.core.host.Launch;
import dev.hyperfleet.core.host.MachineDisks;
import dev.hyperfleet.core.host.MachineNetwork;
import dev.hyperfleet.core.host.NetworkPlan;
import dev.hyperfleet.core.host.SupervisedVmm;
import dev.hyperfleet.core.host.Supervisor;
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

/** A host whose machines are nothing but this computer's loopback, for {@link BareProxy}. */
final class FakeHost implements Hypervisor, Supervisor, MachineNetwork, MachineDisks {
    private final TapNetwork network =
            new TapNetwork(new TapSettings(Cidr.parse("10.213.0.0/16"), Optional.empty(), false, List.of()));

    @Override
    public Description describe() {
        return new Description("none", "none", "it is a benchmark's");
    }

    @Override
    public Launch launch(Machine machine, NetworkPlan plan) {
        return new Launch(
                List.of("none"),
                List.of(),
                plan,
                new Launch.Limits(0, 0, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    @Override
    public void boot(Machine machine, NetworkPlan plan) {}

    @Override
    public Optional<String> pauseObstacle() {
        return Optional.empty();
    }

    @Override
    public void pause(MachineId id) {}

    @Override
    public void resume(MachineId id) {}

    @Override
    public boolean isPaused(MachineId id) {
        return false;
    }

    @Override
    public String inspect(MachineId id) {
        return "";
    }

    @Override
    public void keepEvidence(MachineId id, String vmmState) {}

    @Override
    public boolean pressPowerButton(MachineId id) {
        return false;
    }

    @Override
    public SupervisedVmm launch(MachineId id, Launch launch) {
        return new FakeVmm();
    }

    private static final class FakeVmm implements SupervisedVmm {
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
        public void kill() {}

        @Override
        public void close() {}
    }

    @Override
    public Map<MachineId, SupervisedVmm> adopt() {
        return Map.of();
    }

    @Override
    public VmmExit lastExit(MachineId id) {
        throw new IllegalStateException("nothing ends here");
    }

    @Override
    public NetworkPlan plan(MachineId id, int slot) {
        return new NetworkPlan(
                new NetworkAttachment(
                        "127.0.0.1", "AA:FC:00:00:00:01", false, Optional.empty(), Optional.of("127.0.0.1")),
                "127.0.0.1",
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    /** As the product connects to machines with TAPs. */
    @Override
    public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
        return network.connect(attachment, port, timeout);
    }

    @Override
    public int capacity() {
        return 1;
    }

    @Override
    public void requireRoom() {}

    @Override
    public void prepare(MachineId id, Duration timeout) {}

    @Override
    public void removeRuntime(MachineId id) {}

    @Override
    public void remove(MachineId id) {}

    @Override
    public Set<MachineId> list() {
        return Set.of();
    }
}
