package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.control.Quota.Usage;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.machine.Command;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.request.RequestContext;
import dev.hyperfleet.core.snapshot.BootKey;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Snapshots of machines, and machines from snapshots. Every method throws {@link HyperfleetException}. Safe for
 * concurrent use; calls block.
 *
 * <p>A snapshot's files are complete before it is stored, and it is removed from the store before its files: what a
 * server that ends leaves in between belongs to no stored snapshot, and the next one removes it.
 */
public final class Snapshots {
    private final MachineRegistry machines;
    private final SnapshotRegistry snapshots;
    private final BootSnapshots boots;
    private final WarmPool pool;
    private final MachineRunner runner;
    private final Transitions transitions;
    private final Machines.Ports ports;
    private final Timeouts timeouts;
    private final FailedSnapshots leftovers;

    /** Temporary snapshots for machines that do not exist yet. */
    private final Set<SnapshotId> held = ConcurrentHashMap.newKeySet();

    private final ReadWriteLock uses;

    /**
     * @param uses uses of snapshots begin under the read lock, and snapshots are deleted under the other
     */
    Snapshots(
            MachineRegistry machines,
            SnapshotRegistry snapshots,
            BootSnapshots boots,
            WarmPool pool,
            MachineRunner runner,
            Transitions transitions,
            Machines.Ports ports,
            Timeouts timeouts,
            ReadWriteLock uses) {
        this.machines = machines;
        this.snapshots = snapshots;
        this.boots = boots;
        this.pool = pool;
        this.runner = runner;
        this.transitions = transitions;
        this.ports = ports;
        this.timeouts = timeouts;
        this.uses = uses;
        this.leftovers = new FailedSnapshots(snapshots, ports);
    }

    /**
     * What a user chooses for a snapshot.
     *
     * @param name of the form of a machine's name
     * @param memory whether the guest's memory is saved, too
     * @param temporary whether it is removed as soon as no machine is going to start from it
     */
    public record Request(String name, boolean memory, Map<String, String> labels, boolean temporary) {
        /** A lasting one. */
        public Request(String name, boolean memory, Map<String, String> labels) {
            this(name, memory, labels, false);
        }
    }

    /**
     * Saves a machine. A running guest is halted for that, and continues; a machine without a VMM has only a disk.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} if the name is taken, {@link ErrorCode#QUOTA_EXCEEDED},
     * {@link ErrorCode#BAD_REQUEST} if
     * the machine is in a transition, has never been started, or has no memory to be saved, {@link
     * ErrorCode#UNSUPPORTED} if this host's VMM cannot save it
     */
    public Snapshot create(MachineId id, Request request) {
        var _ = machines.get(id);
        return add(request.name(), fresh -> runner.alone(id, () -> save(fresh, machines.get(id), request)));
    }

    /**
     * Adds a snapshot. Nothing is left of one that cannot be added.
     *
     * @param save makes its files, which then settle
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} if the name is taken, {@link ErrorCode#QUOTA_EXCEEDED}
     */
    Snapshot add(String name, Function<SnapshotId, Snapshot> save) {
        snapshots.reserve(name);
        SnapshotId fresh = SnapshotId.random(ports.random());
        boolean added = false;
        try {
            Snapshot snapshot = save.apply(fresh);
            SnapshotFiles.Size size = ports.host().snapshots().settle(fresh);
            if (snapshot.temporary()) {
                held.add(fresh);
            }
            Snapshot settled = snapshot.ofSize(size.memory(), size.disk());
            snapshots.add(settled);
            added = true;
            return settled;
        } finally {
            if (!added) {
                held.remove(fresh);
                leftovers.remove(fresh, name);
            }
        }
    }

    /**
     * Refuses a new snapshot of a user's that has no room.
     *
     * @param mib of the snapshot, as far as that is known
     * @throws HyperfleetException {@link ErrorCode#INSUFFICIENT_STORAGE}, {@link ErrorCode#QUOTA_EXCEEDED}
     */
    void requireRoom(long mib) {
        boots.requireRoom();
        Optional<String> owner = RequestContext.current().cause().owner().map(Owner::name);
        ports.quotas().require(owner, new Usage(0, 0, 0, 0, 1, mib));
    }

    /** The properties of all machines and snapshots. */
    Stream<MachineSpec> specs() {
        return Stream.concat(
                machines.all().stream().map(Machine::spec), snapshots.all().map(Snapshot::spec));
    }

    private Snapshot save(SnapshotId id, Machine machine, Request request) {
        requireSavable(machine, request.memory());
        if (request.temporary()) {
            boots.requireRoom();
        } else {
            requireRoom(1); // its space is known when it was saved
        }
        long begin = ports.time().nanoTime();
        boolean halts = machine.status() == MachineStatus.RUNNING;
        if (halts) {
            halted(machine, live -> write(id, machine, request, Optional.of(live)));
        } else {
            if (machine.status().hasVmm()) {
                runner.pause(machine.id()); // as for a suspension
            }
            write(id, machine, request, runner.find(machine.id()));
        }
        Duration halted = halts ? Duration.ofNanos(ports.time().nanoTime() - begin) : Duration.ZERO;
        return new Snapshot(
                id,
                request.name(),
                request.labels(),
                machine.id(),
                machine.spec(),
                request.memory() ? Optional.of(ports.host().memoryFormat()) : Optional.empty(),
                0,
                0,
                halted,
                Optional.empty(),
                request.temporary(),
                RequestContext.current().cause().owner(),
                ports.clock().instant().truncatedTo(ChronoUnit.MICROS));
    }

    private void write(SnapshotId id, Machine machine, Request request, Optional<Live> live) {
        ports.host().snapshots().save(id, machine, live.map(Live::vmm).filter(_ -> request.memory()), timeouts.start());
    }

    private void requireSavable(Machine machine, boolean memory) {
        if (!machine.status().isSettled() || machine.status() == MachineStatus.PENDING) {
            throw refused(
                    machine,
                    "Cannot snapshot machine in '%s' state"
                            .formatted(machine.status().text()));
        }
        if (memory && !machine.status().hasVmm()) {
            throw refused(
                    machine,
                    "A machine in '%s' state has no memory to be saved: set memory to false to save its disk"
                            .formatted(machine.status().text()));
        }
        if (machine.startsFrom().isPresent()) {
            throw refused(machine, "The machine has not started from its snapshot yet");
        }
        if (memory) {
            ports.host().obstacle(Capability.SNAPSHOT).ifPresent(obstacle -> {
                throw new HyperfleetException(
                        ErrorCode.UNSUPPORTED,
                        "memory cannot be saved on this host: %s. Set memory to false to save the disk."
                                .formatted(obstacle));
            });
        }
    }

    private static HyperfleetException refused(Machine machine, String message) {
        return new HyperfleetException(ErrorCode.BAD_REQUEST, message)
                .with("status", machine.status().text());
    }

    /** Works on a running machine while its guest is halted. Whatever happens, the guest continues. */
    private void halted(Machine machine, Consumer<Live> work) {
        try {
            work.accept(runner.halt(machine.id()));
        } finally {
            if (!runner.proceed(machine.id())) {
                transitions.align(machine.id());
            }
            transitions.watchRun(machine.id()); // some VMMs have ended the connections to its agent
        }
    }

    /**
     * The snapshot of this id or name.
     *
     * @param visible which snapshots exist for the caller
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND}
     */
    public Snapshot get(String idOrName, Predicate<Snapshot> visible) {
        return snapshots
                .find(idOrName)
                .filter(visible)
                .orElseThrow(() ->
                        new HyperfleetException(ErrorCode.NOT_FOUND, "Snapshot not found: %s".formatted(idOrName)));
    }

    /**
     * Snapshots, newest first.
     *
     * @param limit 1 or more
     * @param offset how many to skip
     */
    public SnapshotPage list(Predicate<Snapshot> filter, int limit, long offset) {
        List<Snapshot> matching =
                snapshots.all().filter(filter).sorted(Snapshot.NEWEST_FIRST).toList();
        return new SnapshotPage(matching.stream().skip(offset).limit(limit).toList(), matching.size());
    }

    /** The machines that will start from a snapshot, by the snapshot: it cannot be deleted before. */
    public Map<SnapshotId, List<Machine>> users() {
        return machines.all().stream()
                .filter(machine -> machine.startsFrom().isPresent())
                .collect(Collectors.groupingBy(machine -> machine.startsFrom().orElseThrow()));
    }

    private List<Machine> usersOf(Snapshot snapshot) {
        return users().getOrDefault(snapshot.id(), List.of());
    }

    /**
     * Deletes a snapshot.
     *
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND}; {@link ErrorCode#CONFLICT} while a machine will start
     * from it
     */
    public void delete(String idOrName, Predicate<Snapshot> visible) {
        Snapshot snapshot = get(idOrName, visible);
        uses.writeLock().lock();
        try {
            List<String> users = usersOf(snapshot).stream()
                    .map(machine -> machine.spec().name())
                    .limit(Snapshot.MAX_LABELS)
                    .toList();
            if (!users.isEmpty()) {
                throw new HyperfleetException(
                                ErrorCode.CONFLICT,
                                "Snapshot '%s' is in use: %s has not started from it yet. Start or delete it first."
                                        .formatted(snapshot.name(), String.join(", ", users)))
                        .with("machines", users);
            }
            snapshots.remove(snapshot);
        } finally {
            uses.writeLock().unlock();
        }
        ports.host().snapshots().remove(snapshot.id());
    }

    /**
     * Makes a machine that starts from a snapshot.
     *
     * @param spec the machine, from the snapshot's
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND} for the snapshot; {@link ErrorCode#UNSUPPORTED} if this
     * host's VMM cannot load it; as {@link Machines#create} says
     */
    public Machine createMachine(
            String idOrName, Predicate<Snapshot> visible, Function<MachineSpec, MachineSpec> spec) {
        pool.makeRoom();
        uses.readLock().lock();
        try {
            Snapshot snapshot = get(idOrName, visible);
            requireLoadable(snapshot);
            boots.requireRoom();
            return machines.create(spec.apply(snapshot.spec()), Optional.of(snapshot.id()));
        } finally {
            uses.readLock().unlock();
        }
    }

    /**
     * Makes a machine continue from a snapshot in its place. What it runs and what is on its disk is discarded; its id,
     * name, address, ports and settings stay. If the start fails, the machine's next start is from the snapshot, too.
     *
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND} for either; {@link ErrorCode#BAD_REQUEST} for a machine in
     * a transition, or a snapshot of a machine of another size or image; {@link ErrorCode#UNSUPPORTED} if this host's
     * VMM cannot load it
     */
    public Machine rollback(MachineId id, String idOrName, Predicate<Snapshot> visible) {
        Machine begun;
        pool.release(id); // before anything is stored: the next server would take its VMM for the machine's own
        uses.readLock().lock();
        try {
            Machine before = machines.get(id);
            RequestContext.current().check(before);
            Snapshot snapshot = get(idOrName, visible);
            requireFit(snapshot, before);
            requireLoadable(snapshot);
            boots.requireRoom();
            begun = machines.intend(
                    id,
                    (machine, now) ->
                            Machines.decide(machine, Command.ROLLBACK, now).startingFrom(Optional.of(snapshot.id())));
        } finally {
            uses.readLock().unlock();
        }
        return transitions.complete(() -> transitions.finishRollback(begun));
    }

    /**
     * Begins a machine's start. Its first one continues from a boot snapshot, if there is one for it: that of the guest
     * which waits for it, or one of its owner's.
     */
    Machine beginStart(MachineId id) {
        Optional<BootKey> key =
                Optional.of(machines.get(id)).filter(Snapshots::startsAnew).flatMap(boots::key);
        uses.readLock().lock();
        try {
            Optional<SnapshotId> boot = pool.origin(id).or(() -> key.flatMap(boots::find));
            return machines.intend(id, (machine, now) -> {
                Machine next = Machines.decide(machine, Command.START, now);
                return startsAnew(machine) ? next.startingFrom(boot) : next;
            });
        } finally {
            uses.readLock().unlock();
        }
    }

    private static boolean startsAnew(Machine machine) {
        return machine.status() == MachineStatus.PENDING && machine.startsFrom().isEmpty();
    }

    private static void requireFit(Snapshot snapshot, Machine machine) {
        MachineSpec saved = snapshot.spec();
        MachineSpec spec = machine.spec();
        if (saved.vcpuCount() != spec.vcpuCount()
                || saved.memSizeMib() != spec.memSizeMib()
                || !saved.image().equals(spec.image())
                || !saved.disks().equals(spec.disks())) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    ("Snapshot '%s' is of a machine with another number of vCPUs, memory, image or disk than '%s': "
                                    + "create a machine from it instead")
                            .formatted(snapshot.name(), spec.name()));
        }
    }

    private void requireLoadable(Snapshot snapshot) {
        SnapshotRegistry.requireLoadable(snapshot, ports.host()::memoryFormat);
    }

    /** All machines that will start from this temporary snapshot exist now. It is removed with their last start. */
    void release(SnapshotId id) {
        held.remove(id);
        collect(id);
    }

    private void collect(SnapshotId id) {
        if (snapshots.find(id.value()).filter(Snapshot::temporary).isPresent() && !held.contains(id)) {
            var _ = removeUnused(id);
        }
    }

    /** Removes a snapshot unless a machine is going to start from it, and returns whether it did. */
    boolean removeUnused(SnapshotId id) {
        uses.writeLock().lock();
        try {
            Optional<Snapshot> unused = snapshots
                    .find(id.value())
                    .filter(snapshot -> usersOf(snapshot).isEmpty() && !pool.uses(snapshot.id()));
            if (unused.isEmpty()) {
                return false;
            }
            snapshots.remove(unused.get());
        } finally {
            uses.writeLock().unlock();
        }
        ports.host().snapshots().remove(id);
        return true;
    }

    /** What a change of machines means for temporary snapshots. */
    void on(MachineEvent event) {
        if (event instanceof MachineEvent.Changed(Machine before, Machine after)
                && !before.startsFrom().equals(after.startsFrom())) {
            ports.executor().execute(() -> before.startsFrom().ifPresent(this::collect));
        } else if (event instanceof MachineEvent.Deleted) {
            ports.executor().execute(this::collectAll);
        }
    }

    /** Removes all temporary snapshots without a use. */
    void collectAll() {
        snapshots.all().filter(Snapshot::temporary).map(Snapshot::id).forEach(this::collect);
    }

    /** Removes files of snapshots that are not stored. */
    void removeLeftovers() {
        for (SnapshotId id : ports.host().snapshots().list()) {
            if (!snapshots.has(id)) {
                ports.host().snapshots().remove(id);
            }
        }
    }
}
