package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.control.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.SnapshotFiles;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.snapshot.BootKey;
import dev.hyperfleet.core.snapshot.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Boot snapshots: guests as they are when they have booted, before anything of the user's runs in them. The first start
 * of an image of one size makes one, and its owner's machines that start for the first time after that continue from
 * it, instead of booting. Nothing depends on them: they save time. Safe for concurrent use; calls block.
 */
final class BootSnapshots {
    private static final String PREFIX = "boot-";
    /** A start waits for it. A guest that has booted has little memory to be saved. */
    private static final Duration SAVE_TIMEOUT = Duration.ofSeconds(10);

    private static final long MIB = 1024 * 1024;

    private final SnapshotRegistry snapshots;
    private final Machines.Ports ports;
    private final long maxBytes;
    private final Predicate<SnapshotId> remove;
    private final Runnable added;
    private final FailedSnapshots leftovers;

    private final Set<BootKey> making = ConcurrentHashMap.newKeySet();
    private final Map<SnapshotId, Instant> lastUses = new ConcurrentHashMap<>();

    /**
     * @param maxBytes of all together; 0 makes none, and uses none
     * @param remove removes a snapshot unless a machine is going to start from it, and returns whether it is gone
     * @param added is notified of a new one
     */
    BootSnapshots(
            SnapshotRegistry snapshots,
            Machines.Ports ports,
            long maxBytes,
            Predicate<SnapshotId> remove,
            Runnable added) {
        this.snapshots = snapshots;
        this.ports = ports;
        this.maxBytes = maxBytes;
        this.remove = remove;
        this.added = added;
        this.leftovers = new FailedSnapshots(snapshots, ports);
    }

    /** The boots that a machine's first start may be replaced by; empty if it must boot itself. */
    Optional<BootKey> key(Machine machine) {
        if (maxBytes == 0
                || !machine.spec().warmStart()
                || ports.host().obstacle(Capability.SNAPSHOT).isPresent()) {
            return Optional.empty();
        }
        return BootKey.of(machine, ports.host().memoryFormat());
    }

    /** The snapshot of these boots, if there is one. It counts as used. */
    Optional<SnapshotId> find(BootKey key) {
        Optional<SnapshotId> found = snapshots
                .all()
                .filter(snapshot -> snapshot.boots().equals(Optional.of(key)))
                .map(Snapshot::id)
                .findAny();
        found.ifPresent(id -> lastUses.put(id, ports.clock().instant()));
        return found;
    }

    /** Whether a machine's next start continues from a boot snapshot. */
    boolean isStartOf(Machine machine) {
        return machine.startsFrom()
                .flatMap(id -> snapshots.find(id.value()))
                .flatMap(Snapshot::boots)
                .isPresent();
    }

    /** A start from it has failed: the next first start makes another one. */
    void distrust(SnapshotId id) {
        snapshots.find(id.value()).ifPresent(this::remove);
    }

    /**
     * Saves a guest that has booted, if there is no snapshot of such boots yet, and machines have enough space beside
     * it. Returns when the guest continues; the rest is done in the background. A failure is reported, and costs the
     * machine nothing.
     *
     * @throws HyperfleetException only if the guest does not continue
     */
    void keep(Machine machine, Vmm vmm) {
        Optional<BootKey> key = key(machine)
                .filter(this::isMissing)
                .filter(_ -> ports.host().hasRoomBeside(machine.spec().memSizeMib() * MIB))
                .filter(making::add);
        if (key.isEmpty()) {
            return;
        }
        boolean saved = false;
        try {
            SnapshotId id = SnapshotId.random(ports.random());
            Optional<Snapshot> snapshot = save(id, key.get(), machine, vmm);
            if (snapshot.isPresent()) {
                ports.executor().execute(() -> settle(snapshot.get(), key.get()));
                saved = true;
            }
        } finally {
            if (!saved) {
                making.remove(key.get());
            }
        }
    }

    private boolean isMissing(BootKey key) {
        return snapshots.all().noneMatch(snapshot -> snapshot.boots().equals(Optional.of(key)));
    }

    private Optional<Snapshot> save(SnapshotId id, BootKey key, Machine machine, Vmm vmm) {
        long begin = ports.time().nanoTime();
        boolean saved = false;
        try {
            vmm.pause(SAVE_TIMEOUT);
            ports.host().snapshots().save(id, machine, Optional.of(vmm), SAVE_TIMEOUT);
            saved = true;
        } catch (HyperfleetException failure) {
            ports.listener().on(new AutomationFailed(machine.id(), failure));
        }
        vmm.resume(SAVE_TIMEOUT);
        Duration halted = Duration.ofNanos(ports.time().nanoTime() - begin);
        if (!saved) {
            return Optional.empty();
        }
        return Optional.of(new Snapshot(
                id,
                PREFIX + id,
                Map.of(),
                machine.id(),
                machine.spec(),
                Optional.of(ports.host().memoryFormat()),
                0,
                0,
                halted,
                Optional.of(key),
                false,
                Optional.empty(),
                ports.clock().instant().truncatedTo(ChronoUnit.MICROS)));
    }

    private void settle(Snapshot saved, BootKey key) {
        boolean isAdded = false;
        try {
            SnapshotFiles.Size size = ports.host().snapshots().settle(saved.id());
            snapshots.reserve(saved.name());
            lastUses.put(saved.id(), saved.createdAt());
            snapshots.add(saved.ofSize(size.memory(), size.disk()));
            isAdded = true;
            removeLongestUnused();
            if (snapshots.has(saved.id())) {
                added.run();
            }
        } catch (HyperfleetException failure) {
            ports.listener().on(new AutomationFailed(saved.machine(), failure));
        } finally {
            making.remove(key);
            if (!isAdded) {
                leftovers.remove(saved.id(), saved.name());
            }
        }
    }

    /**
     * As {@link dev.hyperfleet.core.host.Host#requireRoom}, but machines come before boot snapshots: those that were
     * not used for longest are removed first.
     *
     * @throws HyperfleetException as there
     */
    void requireRoom() {
        Iterator<Snapshot> oldestFirst = newestFirst().reversed().iterator();
        while (!ports.host().hasRoomBeside(0) && oldestFirst.hasNext()) {
            remove(oldestFirst.next());
        }
        ports.host().requireRoom();
    }

    /** Keeps all of them together within their limit. Those that a start is using stay for now. */
    void removeLongestUnused() {
        long bytes = 0;
        for (Snapshot snapshot : newestFirst()) {
            bytes += snapshot.memoryBytes() + snapshot.diskBytes();
            if (bytes > maxBytes) {
                remove(snapshot);
            }
        }
    }

    private List<Snapshot> newestFirst() {
        return snapshots
                .all()
                .filter(snapshot -> snapshot.boots().isPresent())
                .sorted(Comparator.comparing(this::lastUse).reversed())
                .toList();
    }

    /** It stays if the store cannot be written to. */
    private void remove(Snapshot snapshot) {
        try {
            if (remove.test(snapshot.id())) {
                lastUses.remove(snapshot.id());
            }
        } catch (HyperfleetException failure) {
            ports.listener().on(new AutomationFailed(snapshot.machine(), failure));
        }
    }

    private Instant lastUse(Snapshot snapshot) {
        return lastUses.getOrDefault(snapshot.id(), snapshot.createdAt());
    }
}
