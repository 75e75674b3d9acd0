package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.guest.FakeFiles;
import dev.hyperfleet.core.guest.FakeProcesses;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.core.request.IdempotencyStore;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * What outlives a server: the database's content, running VMMs, folders. Servers start and end on it, each as a {@link
 * FakeServer}.
 */
public final class FakeHost {
    /** The space on its disk that machines do not need. */
    public long spareBytes = Long.MAX_VALUE;

    /** Why its VMMs cannot pause. */
    public Optional<String> pauseObstacle = Optional.empty();

    /** Why its VMMs cannot save memory. */
    public Optional<String> snapshotObstacle = Optional.empty();

    private static final int PIDS = 3;

    /** A port on which guests serve, some time after they are ready. */
    public static final int SERVICE_PORT = 80;

    /** A port on which they report that they are healthy, some time after that. */
    public static final int HEALTH_PORT = 81;

    final Map<String, IdempotencyStore.Attempt> requests = new ConcurrentHashMap<>();
    public final Map<MachineId, Machine> stored = new FakeRequests.NotedMachines(requests);
    public final Map<MachineId, FakeVmm> running = new ConcurrentHashMap<>();
    public final Map<MachineId, VmmExit> exits = new ConcurrentHashMap<>();
    final Map<MachineId, String> evidence = new ConcurrentHashMap<>();
    public final Map<SnapshotId, Snapshot> storedSnapshots = new ConcurrentHashMap<>();
    public final Set<SnapshotId> snapshots = ConcurrentHashMap.newKeySet();
    public final Set<SnapshotId> unfinishedSnapshots = ConcurrentHashMap.newKeySet();

    /** Those of them that have a memory. */
    final Set<SnapshotId> savedMemories = ConcurrentHashMap.newKeySet();
    /** Machines with a saved memory. */
    public final Set<MachineId> memories = ConcurrentHashMap.newKeySet();

    public final Set<MachineId> disks = ConcurrentHashMap.newKeySet();
    public final Set<MachineId> runtimes = ConcurrentHashMap.newKeySet();
    private final Map<MachineId, FakeVmm> lastStarted = new ConcurrentHashMap<>();
    private final Executor guests;
    private long started;

    /** Whether there is too little space for machines to be created or started. */
    volatile boolean diskIsLow;

    /** With more than this the disk is low. */
    volatile int roomForSnapshots = Integer.MAX_VALUE;

    /** The behaviour of guests that are started from now on. */
    public GuestBehaviour behaviour = GuestBehaviour.GOOD;

    /** A host whose guests do everything immediately. */
    public FakeHost() {
        this(Runnable::run);
    }

    /**
     * @param guests runs what a guest takes time for
     */
    public FakeHost(Executor guests) {
        this.guests = guests;
    }

    /** How a guest behaves. */
    public enum GuestBehaviour {
        GOOD,
        NEVER_READY,
        SERVES_NOBODY,
        DIES_WHILE_STARTING,
        BOOTS_WITHOUT_A_TIMER,
        IGNORES_SHUTDOWN,
        SILENT_AFTER_ITS_START,
        SILENT_AT_SHUTDOWN,
        HAS_A_POWER_BUTTON_ALONE
    }

    public static final VmmExit POWERED_OFF =
            new VmmExit(0, Optional.empty(), false, Optional.empty(), Optional.empty(), "reboot: Power down", "");
    public static final VmmExit REBOOTED = new VmmExit(
            0, Optional.empty(), false, Optional.empty(), Optional.empty(), "reboot: Restarting system", "");
    public static final VmmExit KILLED =
            new VmmExit(0, Optional.of("SIGKILL"), true, Optional.empty(), Optional.empty(), "", "");

    static final VmmExit NO_TIMER = new VmmExit(
            0,
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty(),
            "hyperfleet-agent: no timer fires: …\nreboot: Power down",
            "");

    public static final VmmExit PANICKED =
            new VmmExit(0, Optional.empty(), false, Optional.empty(), Optional.of("no init"), "end of the stack", "");

    /** Starts a VMM. Process ids are soon reused, as on a host with a long uptime. */
    public FakeVmm startVmm(MachineId id) {
        if (running.containsKey(id)) {
            throw new IllegalStateException("a second VMM of machine " + id);
        }
        started++;
        FakeVmm vmm = new FakeVmm(id, new ProcessIdentity(1 + started % PIDS, started, "boot"), behaviour);
        running.put(id, vmm);
        lastStarted.put(id, vmm);
        return vmm;
    }

    /** The machine's VMM, if it runs. */
    public Optional<FakeVmm> vmm(MachineId id) {
        return Optional.ofNullable(running.get(id));
    }

    /** The machine's VMM, which may have exited meanwhile. */
    FakeVmm lastStarted(MachineId id) {
        return Objects.requireNonNull(lastStarted.get(id));
    }

    /** Everything of a machine on the host. */
    public Set<String> traces(MachineId id) {
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

    public Set<MachineId> withTraces() {
        Set<MachineId> all = new HashSet<>(running.keySet());
        all.addAll(runtimes);
        all.addAll(disks);
        return all;
    }

    /** A VMM on the host; servers have handles to it. */
    public final class FakeVmm {
        final MachineId id;
        public final ProcessIdentity identity;
        final GuestBehaviour guest;

        /** Completes when the agent answers. */
        final CompletableFuture<Object> ready = new CompletableFuture<>();

        private final Map<Integer, CompletableFuture<Object>> listening = Map.of(
                SERVICE_PORT, new CompletableFuture<>(),
                HEALTH_PORT, new CompletableFuture<>());

        private volatile boolean booted;
        public volatile boolean paused;

        /** Whether its processes are halted. */
        public volatile boolean frozen;

        /** The name that its guest was given after a restore; empty if it was booted. */
        public volatile Optional<String> renamed = Optional.empty();

        /** The snapshot whose memory it has loaded. */
        public volatile Optional<SnapshotId> loaded = Optional.empty();

        /** Whether it has loaded the memory that was saved when its machine was suspended. */
        public volatile boolean awoken;

        final FakeFiles files = new FakeFiles();
        final FakeProcesses processes = new FakeProcesses();

        /** It stopped during a pause, and was not set since. */
        volatile boolean clockIsLate;

        private final List<CompletableFuture<VmmExit>> watchers = new ArrayList<>();
        private Optional<VmmExit> exit = Optional.empty();

        FakeVmm(MachineId id, ProcessIdentity identity, GuestBehaviour guest) {
            this.id = id;
            this.identity = identity;
            this.guest = guest;
        }

        /** Runs the guest, unless it runs already. */
        void boot() {
            if (!booted) {
                requireNoMemory();
                booted = true;
                guests.execute(this::comeUp);
            }
        }

        private void comeUp() {
            if (guest == GuestBehaviour.DIES_WHILE_STARTING) {
                end(PANICKED);
            } else if (guest == GuestBehaviour.BOOTS_WITHOUT_A_TIMER) {
                end(NO_TIMER);
            } else if (guest != GuestBehaviour.NEVER_READY) {
                ready.complete(true);
                if (guest != GuestBehaviour.SERVES_NOBODY) {
                    guests.execute(() -> {
                        listening(SERVICE_PORT).complete(true);
                        guests.execute(() -> listening(HEALTH_PORT).complete(true));
                    });
                }
            }
        }

        /** A guest that runs changes its disk, which the saved memory does not fit any more. */
        private void requireNoMemory() {
            if (memories.contains(id)) {
                throw new IllegalStateException("the disk changes under a saved memory");
            }
        }

        void resume() {
            requireNoMemory();
            paused = false;
        }

        void pause() {
            paused = true;
            clockIsLate = true;
        }

        /** Completes when something listens on the port. */
        CompletableFuture<Object> listening(int port) {
            return listening.getOrDefault(port, new CompletableFuture<>());
        }

        public boolean listens(int port) {
            return listening(port).isDone();
        }

        /** The guest begins to power itself off. */
        void powerOff() {
            guests.execute(() -> end(POWERED_OFF));
        }

        public boolean booted() {
            return booted;
        }

        synchronized boolean hasEnded() {
            return exit.isPresent();
        }

        public void end(VmmExit how) {
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
}
