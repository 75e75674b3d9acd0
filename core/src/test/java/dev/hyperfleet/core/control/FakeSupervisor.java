package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.control.FakeHost.FakeVmm;
import dev.hyperfleet.core.host.Launch;
import dev.hyperfleet.core.host.SupervisedVmm;
import dev.hyperfleet.core.host.Supervisor;
import dev.hyperfleet.core.machine.VmmExit;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/** Starts VMMs on a {@link FakeHost}, and finds them there. */
final class FakeSupervisor implements Supervisor {
    private final FakeHost host;
    private final Fate fate;
    private final BooleanSupplier alive;

    /**
     * @param alive whether the server is: one that is not sees no VMM end any more
     */
    FakeSupervisor(FakeHost host, Fate fate, BooleanSupplier alive) {
        this.host = host;
        this.fate = fate;
        this.alive = alive;
    }

    @Override
    public SupervisedVmm launch(MachineId id, Launch launch) {
        fate.befall(Effect.LAUNCH, id, () -> host.startVmm(id));
        return new Handle(host.lastStarted(id));
    }

    @Override
    public Map<MachineId, SupervisedVmm> adopt() {
        Map<MachineId, SupervisedVmm> found = new HashMap<>();
        host.running.forEach((id, vmm) -> found.put(id, new Handle(vmm)));
        return found;
    }

    @Override
    public VmmExit lastExit(MachineId id) {
        return host.exits.getOrDefault(id, FakeHost.KILLED);
    }

    private final class Handle implements SupervisedVmm {
        private final FakeVmm vmm;
        private final CompletableFuture<VmmExit> exit = new CompletableFuture<>();

        Handle(FakeVmm vmm) {
            this.vmm = vmm;
            var _ = vmm.watch().thenAccept(how -> {
                if (alive.getAsBoolean()) {
                    exit.complete(how);
                }
            });
        }

        @Override
        public ProcessIdentity identity() {
            return vmm.identity;
        }

        @Override
        public Path socket() {
            return Path.of("/run", vmm.id.value(), "vmm.sock");
        }

        @Override
        public CompletableFuture<VmmExit> exit() {
            return exit;
        }

        @Override
        public void kill() {
            fate.befall(Effect.KILL, vmm.id, () -> vmm.end(FakeHost.KILLED));
        }

        @Override
        public void close() {}
    }
}
