package dev.hyperfleet.core;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What outlives a server: the database's content, VMMs that run, folders. Servers come and go on it,
 * each through a {@link FakeServer}.
 */
final class FakeHost {
    final Map<MachineId, Machine> stored = new ConcurrentHashMap<>();
    final Map<MachineId, FakeVmm> running = new ConcurrentHashMap<>();
    final Map<MachineId, VmmExit> exits = new ConcurrentHashMap<>();
    final Set<MachineId> disks = ConcurrentHashMap.newKeySet();
    final Set<MachineId> runtimes = ConcurrentHashMap.newKeySet();
    private long lastPid;

    /** How guests behave that are started from now on. */
    GuestBehaviour behaviour = GuestBehaviour.GOOD;

    enum GuestBehaviour {
        GOOD,
        NEVER_READY,
        DIES_WHILE_STARTING,
        IGNORES_SHUTDOWN,
        SILENT_AT_SHUTDOWN,
        HAS_A_POWER_BUTTON_ALONE
    }

    static final VmmExit POWERED_OFF =
            new VmmExit(0, Optional.empty(), false, Optional.empty(), Optional.empty(), "reboot: Power down", "");
    static final VmmExit KILLED =
            new VmmExit(0, Optional.of("SIGKILL"), true, Optional.empty(), Optional.empty(), "", "");

    FakeVmm startVmm(MachineId id) {
        FakeVmm vmm = new FakeVmm(id, new ProcessIdentity(++lastPid, lastPid * 7, "boot"), behaviour);
        running.put(id, vmm);
        return vmm;
    }

    /** Everything of a machine that there is on the host. */
    Set<String> traces(MachineId id) {
        Set<String> traces = new TreeSet<>();
        if (running.containsKey(id)) {
            traces.add("vmm");
        }
        if (runtimes.contains(id)) {
            traces.add("runtime");
        }
        if (disks.contains(id)) {
            traces.add("disk");
        }
        return traces;
    }

    Set<MachineId> withTraces() {
        Set<MachineId> all = new HashSet<>(running.keySet());
        all.addAll(runtimes);
        all.addAll(disks);
        return all;
    }

    /** A VMM on the host; servers hold it by handles. */
    final class FakeVmm {
        final MachineId id;
        final ProcessIdentity identity;
        final GuestBehaviour guest;
        volatile boolean booted;
        volatile boolean paused;
        private final List<CompletableFuture<VmmExit>> watchers = new ArrayList<>();
        private Optional<VmmExit> exit = Optional.empty();

        FakeVmm(MachineId id, ProcessIdentity identity, GuestBehaviour guest) {
            this.id = id;
            this.identity = identity;
            this.guest = guest;
        }

        void end(VmmExit how) {
            List<CompletableFuture<VmmExit>> told;
            synchronized (this) {
                if (exit.isPresent()) {
                    return;
                }
                exit = Optional.of(how);
                running.remove(id, this);
                exits.put(id, how);
                told = List.copyOf(watchers);
            }
            told.forEach(watcher -> watcher.complete(how));
        }

        synchronized CompletableFuture<VmmExit> watch() {
            CompletableFuture<VmmExit> watcher = new CompletableFuture<>();
            watchers.add(watcher);
            exit.ifPresent(watcher::complete);
            return watcher;
        }
    }

    static Path socket(MachineId id) {
        return Path.of("/run", id.value(), "vmm.sock");
    }
}
