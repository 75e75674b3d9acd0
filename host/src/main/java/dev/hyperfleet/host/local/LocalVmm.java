package dev.hyperfleet.host.local;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.host.SnapshotLayout;
import dev.hyperfleet.host.network.MachineNetwork;
import dev.hyperfleet.host.shim.ShimConnection;
import dev.hyperfleet.host.vmm.VmmDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A VMM on this host: its shim controls its life, its own API controls its guest. */
record LocalVmm(MachineId id, ShimConnection shim, VmmDriver driver, MachineNetwork network) implements Vmm {
    @Override
    public ProcessIdentity identity() {
        return shim.identity();
    }

    @Override
    public Path socket() {
        return shim.vmmSocket();
    }

    @Override
    public CompletableFuture<VmmExit> exit() {
        return shim.exit();
    }

    @Override
    public void boot(LaunchPlan plan) {
        driver.boot(plan, network.plan(id, plan.machine().slot()));
    }

    @Override
    public void pause(Duration timeout) {
        driver.pause(id, timeout);
    }

    @Override
    public void resume(Duration timeout) {
        driver.resume(id, timeout);
    }

    @Override
    public boolean isPaused() {
        return driver.isPaused(id);
    }

    @Override
    public void save(Path folder, Duration timeout) {
        driver.save(id, new SnapshotLayout.Paths(folder), timeout);
    }

    @Override
    public String inspect() {
        return driver.inspect(id);
    }

    @Override
    public boolean pressPowerButton() {
        return driver.pressPowerButton(id);
    }

    @Override
    public void kill() {
        shim.kill();
    }

    @Override
    public void close() {
        shim.close();
    }
}
