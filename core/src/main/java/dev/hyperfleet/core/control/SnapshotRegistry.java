package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.control.Quota.Usage;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.snapshot.Snapshot;
import dev.hyperfleet.core.snapshot.SnapshotStore;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** All snapshots, in memory; each change is stored before it becomes visible. Safe for concurrent use. */
final class SnapshotRegistry {
    private final SnapshotStore store;
    private final Map<SnapshotId, Snapshot> snapshots = new ConcurrentHashMap<>();
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final Set<SnapshotId> uncertain = ConcurrentHashMap.newKeySet();
    private final Quotas quotas;

    /**
     * @param quotas count users' snapshots
     */
    SnapshotRegistry(SnapshotStore store, Quotas quotas) {
        this.store = store;
        this.quotas = quotas;
    }

    /** Loads all snapshots from the store. Call once, before anything else. */
    void load() {
        for (Snapshot snapshot : store.load()) {
            names.add(snapshot.name());
            snapshots.put(snapshot.id(), snapshot);
            if (snapshot.isKept()) {
                quotas.occupy(owner(snapshot), Usage.of(snapshot));
            }
        }
    }

    private static Optional<String> owner(Snapshot snapshot) {
        return snapshot.owner().map(Owner::name);
    }

    /**
     * Reserves a name for a snapshot that is being made.
     *
     * @throws HyperfleetException {@link ErrorCode#CONFLICT} if it is taken
     */
    void reserve(String name) {
        if (!names.add(name)) {
            throw new HyperfleetException(ErrorCode.CONFLICT, "A snapshot named '%s' already exists".formatted(name));
        }
    }

    /** Gives up a reserved name. */
    void release(String name) {
        names.remove(name);
    }

    /**
     * Adds a snapshot whose name was reserved.
     *
     * @throws HyperfleetException {@link ErrorCode#QUOTA_EXCEEDED} if its owner, or the host, may not have it
     */
    void add(Snapshot snapshot) {
        if (snapshot.isKept()) {
            quotas.take(owner(snapshot), Usage.of(snapshot));
        }
        uncertain.add(snapshot.id());
        boolean stored = false;
        try {
            store.insert(snapshot);
            stored = true;
        } finally {
            if (!stored) {
                free(snapshot);
            }
        }
        uncertain.remove(snapshot.id());
        snapshots.put(snapshot.id(), snapshot);
    }

    /**
     * Makes sure that the next server does not find a snapshot that could not be added: a write that has failed may have
     * an effect, unless another one follows it.
     *
     * @throws HyperfleetException if that fails, too
     */
    void undo(SnapshotId id) {
        if (uncertain.contains(id)) {
            store.delete(id);
            uncertain.remove(id);
        }
    }

    private void free(Snapshot snapshot) {
        if (snapshot.isKept()) {
            quotas.free(owner(snapshot), Usage.of(snapshot));
        }
    }

    void remove(Snapshot snapshot) {
        store.delete(snapshot.id());
        snapshots.remove(snapshot.id());
        names.remove(snapshot.name());
        free(snapshot);
    }

    /** The snapshot of this id or name, if there is one. An id comes before another snapshot's name. */
    Optional<Snapshot> find(String idOrName) {
        Optional<Snapshot> byId = SnapshotId.isValid(idOrName)
                ? Optional.ofNullable(snapshots.get(new SnapshotId(idOrName)))
                : Optional.empty();
        return byId.or(() -> snapshots.values().stream()
                .filter(snapshot -> snapshot.name().equals(idOrName))
                .findFirst());
    }

    boolean has(SnapshotId id) {
        return snapshots.containsKey(id);
    }

    /** All snapshots, in no order. Those that are added or removed meanwhile may or may not be included. */
    Stream<Snapshot> all() {
        return snapshots.values().stream();
    }

    /**
     * How a start from this snapshot begins on a host whose VMM has this memory format.
     *
     * @throws HyperfleetException as {@link #requireLoadable} says
     */
    Origin origin(SnapshotId id, Supplier<String> format) {
        Snapshot snapshot = require(id);
        requireLoadable(snapshot, format);
        return snapshot.hasMemory() ? new Origin.SavedMemory(id) : new Origin.SavedDisk(id);
    }

    /**
     * Refuses a snapshot whose memory has another format than this host's VMM.
     *
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED}
     */
    static void requireLoadable(Snapshot snapshot, Supplier<String> format) {
        if (snapshot.hasMemory() && !snapshot.vmm().equals(Optional.of(format.get()))) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    "Snapshot '%s' was saved by %s, and this host runs %s: its memory cannot be loaded here"
                            .formatted(snapshot.name(), snapshot.vmm().orElse("?"), format.get()));
        }
    }

    private Snapshot require(SnapshotId id) {
        return Optional.ofNullable(snapshots.get(id))
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.MACHINE_FAILED,
                        "The snapshot %s, which the machine starts from, is gone".formatted(id)));
    }
}
