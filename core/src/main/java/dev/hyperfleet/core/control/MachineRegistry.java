package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.control.MachineEvent.Changed;
import dev.hyperfleet.core.control.MachineEvent.Created;
import dev.hyperfleet.core.control.MachineEvent.Deleted;
import dev.hyperfleet.core.control.MachineEvent.StoreFailed;
import dev.hyperfleet.core.control.Quota.Usage;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.request.RequestContext;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * All machines, in memory; each change is stored before it becomes visible. Reads take no lock. Changes of one machine
 * are serialised, and each decides on the result of the previous one.
 */
final class MachineRegistry {
    private final MachineStore store;
    private final MachineListener listener;
    private final Clock clock;
    private final RandomGenerator random;
    private final Slots slots;
    private final Quotas quotas;
    private final Map<MachineId, Entry> entries = new ConcurrentHashMap<>();
    private final ConcurrentSkipListMap<Long, Entry> newestFirst =
            new ConcurrentSkipListMap<>(Comparator.reverseOrder());
    private final Map<String, MachineId> names = new ConcurrentHashMap<>();
    private final AtomicLong lastSequence = new AtomicLong();
    private volatile Optional<HyperfleetException> waitsEnded = Optional.empty();

    private static final class Entry {
        final ReentrantLock lock = new ReentrantLock();
        final Waiters waiters = new Waiters();
        volatile Machine machine;
        volatile boolean deleted; // written under lock

        Entry(Machine machine) {
            this.machine = machine;
        }
    }

    MachineRegistry(
            MachineStore store,
            MachineListener listener,
            Clock clock,
            RandomGenerator random,
            int capacity,
            Quotas quotas) {
        this.quotas = quotas;
        this.store = store;
        this.listener = listener;
        this.clock = clock;
        this.random = random;
        this.slots = new Slots(capacity);
    }

    /** Loads all machines from the store. Call once, before anything else. */
    void load() {
        for (Machine machine : store.load()) {
            names.put(machine.spec().name(), machine.id());
            slots.occupy(machine.slot());
            quotas.occupy(name(machine.owner()), Usage.of(machine));
            lastSequence.accumulateAndGet(machine.sequence(), Math::max);
            add(machine);
        }
    }

    /** What a machine has on the host, from which its address and its files follow. */
    record Place(MachineId id, int slot) {}

    /** A place for a machine that does not exist yet. */
    Place reserve() {
        return new Place(MachineId.random(random), slots.take());
    }

    /** Whether there is no place left. */
    boolean isFull() {
        return slots.areTaken();
    }

    /** Gives up a place for which no machine was made. */
    void release(Place place) {
        slots.free(place.slot());
    }

    /** Makes a machine. */
    Machine create(MachineSpec spec, Optional<SnapshotId> startsFrom) {
        return create(spec, startsFrom, Optional.empty());
    }

    /**
     * Makes a machine.
     *
     * @param startsFrom the snapshot that its first start continues from
     * @param place a reserved one; if the machine cannot be made, it stays reserved
     */
    Machine create(MachineSpec spec, Optional<SnapshotId> startsFrom, Optional<Place> place) {
        MachineId id = place.map(Place::id).orElseGet(() -> MachineId.random(random));
        if (names.putIfAbsent(spec.name(), id) != null) {
            throw new HyperfleetException(
                    ErrorCode.CONFLICT, "A machine named '%s' already exists".formatted(spec.name()));
        }
        Optional<Owner> owner = RequestContext.current().cause().owner();
        Optional<Integer> taken = Optional.empty();
        Optional<Machine> stored = Optional.empty();
        boolean counted = false;
        try {
            quotas.take(name(owner), Usage.EXISTING);
            counted = true;
            if (place.isEmpty()) {
                taken = Optional.of(slots.take());
            }
            int slot = taken.orElseGet(() -> place.orElseThrow().slot());
            Machine machine = Machine.create(id, lastSequence.incrementAndGet(), slot, spec, owner, now())
                    .startingFrom(startsFrom);
            store.insert(machine);
            stored = Optional.of(machine);
        } finally {
            if (stored.isEmpty()) {
                names.remove(spec.name(), id);
                taken.ifPresent(slots::free);
                if (counted) {
                    quotas.free(name(owner), Usage.EXISTING);
                }
            }
        }
        Machine machine = stored.get();
        add(machine);
        listener.on(new Created(machine));
        return machine;
    }

    /** Quotas are of names: a new key with the name of a revoked one counts its machines, too. */
    private static Optional<String> name(Optional<Owner> owner) {
        return owner.map(Owner::name);
    }

    private void add(Machine machine) {
        Entry entry = new Entry(machine);
        entries.put(machine.id(), entry);
        newestFirst.put(machine.sequence(), entry);
    }

    Machine get(MachineId id) {
        return entry(id).machine;
    }

    Optional<Machine> find(MachineId id) {
        return Optional.ofNullable(entries.get(id)).map(entry -> entry.machine);
    }

    /** All machines, newest first. Machines that are created or deleted meanwhile may or may not be included. */
    Collection<Machine> all() {
        List<Machine> machines = new ArrayList<>(entries.size());
        newestFirst.values().forEach(entry -> machines.add(entry.machine));
        return machines;
    }

    /** A page of all machines, after skipping offset machines. */
    MachinePage page(int limit, long offset) {
        List<Machine> page = newestFirst.values().stream()
                .skip(offset)
                .limit(limit)
                .map(entry -> entry.machine)
                .toList();
        return new MachinePage(page, entries.size());
    }

    /** A page of these machines, likewise. */
    MachinePage page(Predicate<Machine> which, int limit, long offset) {
        List<Machine> matching = all().stream().filter(which).toList();
        List<Machine> page = matching.stream().skip(offset).limit(limit).toList();
        return new MachinePage(page, matching.size());
    }

    int size() {
        return entries.size();
    }

    /** The number of machines of each status. */
    Map<MachineStatus, Integer> counts() {
        Map<MachineStatus, Integer> counts = new EnumMap<>(MachineStatus.class);
        for (MachineStatus status : MachineStatus.values()) {
            counts.put(status, 0);
        }
        all().forEach(machine -> counts.merge(machine.status(), 1, Integer::sum));
        return counts;
    }

    /**
     * Brings a machine to a requested state: decides on it, stores it, shows it, and wakes the waiters.
     * If it cannot be stored, or the conditions of the {@link RequestContext} forbid it, nothing happens.
     *
     * @param decide returns the new state, or the same object to leave it as it is, or throws to refuse
     */
    Machine intend(MachineId id, BiFunction<Machine, Instant, Machine> decide) {
        return change(id, conditional(decide), store::update);
    }

    /** Changes a machine's settings; like {@link #intend}. */
    Machine configure(MachineId id, BiFunction<Machine, Instant, Machine> decide) {
        return change(id, conditional(decide), store::configure);
    }

    private static BiFunction<Machine, Instant, Machine> conditional(BiFunction<Machine, Instant, Machine> decide) {
        return (machine, now) -> {
            RequestContext.current().check(machine);
            return decide.apply(machine, now);
        };
    }

    /** Runs an action on a machine while nothing changes it. */
    <T> T whileUnchanged(MachineId id, Function<Machine, T> action) {
        Entry entry = entry(id);
        entry.lock.lock();
        try {
            requirePresent(entry);
            return action.apply(entry.machine);
        } finally {
            entry.lock.unlock();
        }
    }

    /** The machine of this name. */
    Optional<Machine> named(String name) {
        return Optional.ofNullable(names.get(name)).flatMap(this::find);
    }

    /**
     * Records the state that a machine has reached on the host. It is shown even if it cannot be stored: it is true,
     * and the next start of the server would detect it again.
     */
    Machine observe(MachineId id, BiFunction<Machine, Instant, Machine> decide) {
        return change(id, decide, machine -> {
            try {
                store.update(machine);
            } catch (HyperfleetException failure) {
                listener.on(new StoreFailed(id, failure));
            }
        });
    }

    /** The same, for a machine that may have been deleted meanwhile. */
    Optional<Machine> observeIfPresent(MachineId id, BiFunction<Machine, Instant, Machine> decide) {
        try {
            return Optional.of(observe(id, decide));
        } catch (HyperfleetException deleted) {
            if (deleted.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw deleted;
        }
    }

    private Machine change(MachineId id, BiFunction<Machine, Instant, Machine> decide, Consumer<Machine> storeChange) {
        Entry entry = entry(id);
        Machine before;
        Machine after;
        entry.lock.lock();
        try {
            requirePresent(entry);
            before = entry.machine;
            Machine decided = decide.apply(before, now());
            if (decided.equals(before)) {
                return before;
            }
            after = decided.after(before);
            store(before, after, storeChange);
            entry.machine = after;
            entry.waiters.see(after);
        } finally {
            entry.lock.unlock();
        }
        listener.on(new Changed(before, after));
        return after;
    }

    /** A VMM is counted before it exists, and until it is gone. */
    private void store(Machine before, Machine after, Consumer<Machine> storeChange) {
        Usage running = Usage.running(after.spec());
        boolean begins = !before.status().hasVmm() && after.status().hasVmm();
        boolean stored = false;
        if (begins) {
            quotas.take(name(after.owner()), running);
        }
        try {
            storeChange.accept(after);
            stored = true;
        } finally {
            if (begins && !stored) {
                quotas.free(name(after.owner()), running);
            }
        }
        if (before.status().hasVmm() && !after.status().hasVmm()) {
            quotas.free(name(after.owner()), running);
        }
    }

    /**
     * Deletes a machine. Its slot stays taken until {@link #freeSlot}.
     *
     * @param check throws to refuse
     */
    Machine remove(MachineId id, BiFunction<Machine, Instant, Machine> check) {
        Entry entry = entry(id);
        Machine machine;
        entry.lock.lock();
        try {
            requirePresent(entry);
            RequestContext.current().check(entry.machine);
            machine = check.apply(entry.machine, now());
            store.delete(id);
            entry.deleted = true;
            entries.remove(id);
            newestFirst.remove(machine.sequence());
            names.remove(machine.spec().name(), id);
            quotas.free(name(machine.owner()), Usage.of(machine));
            entry.waiters.end(HyperfleetException.notFound(id.value()));
        } finally {
            entry.lock.unlock();
        }
        listener.on(new Deleted(id));
        return machine;
    }

    /** A removed machine is cleaned up: its slot may be reused. */
    void freeSlot(Machine removed) {
        slots.free(removed.slot());
    }

    /** Registers a waiter, which sees the current state at once. */
    void addWaiter(MachineId id, Waiter waiter) {
        Entry entry = entry(id);
        entry.waiters.add(waiter, () -> entry.machine);
        waitsEnded.ifPresent(waiter::fail);
    }

    void removeWaiter(MachineId id, Waiter waiter) {
        Entry entry = entries.get(id);
        if (entry != null) {
            entry.waiters.remove(waiter);
        }
    }

    /** Ends all current and future waits: the server stops. */
    void failWaiters(HyperfleetException reason) {
        waitsEnded = Optional.of(reason);
        entries.values().forEach(entry -> entry.waiters.fail(reason));
    }

    private Entry entry(MachineId id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            throw HyperfleetException.notFound(id.value());
        }
        return entry;
    }

    private static void requirePresent(Entry entry) {
        if (entry.deleted) {
            throw HyperfleetException.notFound(entry.machine.id().value());
        }
    }

    /** In microseconds, the precision of the store. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
