package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.control.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.control.MachineEvent.CleanupFailed;
import dev.hyperfleet.core.control.MachineRegistry.Place;
import dev.hyperfleet.core.control.WarmStarts.Share;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.snapshot.BootKey;
import java.time.Duration;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * VMMs that wait for machines. Their guests have continued from a boot snapshot of no key's, were renewed once, and are
 * halted, so that the first start of a new machine is hardly more than a resume. A machine gets its id and its slot from
 * the VMM that waits for it, when it is created. Nothing of a pool is stored: VMMs without a machine are ended by the
 * next server. Safe for concurrent use; calls block.
 */
final class WarmPool {
    /** A machine that was created, but is not started, does not keep a VMM for longer. */
    static final Duration PATIENCE = Duration.ofMinutes(1);

    /** After failures it is tried again later and later, up to every 16 minutes. */
    private static final int MAX_DOUBLINGS = 5;

    /**
     * A VMM that waits.
     *
     * @param from the boot snapshot that its guest continued from
     */
    private record Member(Share share, Place place, SnapshotId from, Live live) {
        MachineId id() {
            return place.id();
        }
    }

    private final MachineRegistry registry;
    private final MachineRunner runner;
    private final BootSnapshots boots;
    private final Machines.Ports ports;
    private final Duration timeout;
    private final Lock uses;
    private final Map<Share, Deque<Member>> waiting = new LinkedHashMap<>();
    private final Map<MachineId, Member> reserved = new ConcurrentHashMap<>();
    private final ReentrantLock filling = new ReentrantLock();

    /** Whether it will be filled soon anyway: attempts must not multiply. */
    private final AtomicBoolean fillIsDue = new AtomicBoolean();

    private final AtomicBoolean retryIsDue = new AtomicBoolean();

    /** How many guests in a row have failed. */
    private final AtomicInteger failures = new AtomicInteger();

    /** The boot snapshot of the guest that is being started. */
    private volatile Optional<SnapshotId> beginning = Optional.empty();

    private volatile boolean closed;

    /**
     * @param timeout for one of them to be ready
     * @param uses held while a use of a snapshot begins, which is not removed meanwhile
     */
    WarmPool(
            List<Share> shares,
            MachineRegistry registry,
            MachineRunner runner,
            BootSnapshots boots,
            Machines.Ports ports,
            Duration timeout,
            Lock uses) {
        shares.forEach(share -> waiting.put(share, new ConcurrentLinkedDeque<>()));
        this.registry = registry;
        this.runner = runner;
        this.boots = boots;
        this.ports = ports;
        this.timeout = timeout;
        this.uses = uses;
    }

    /** The number of VMMs that wait for a machine. */
    int size() {
        return waiting.values().stream().mapToInt(Deque::size).sum();
    }

    /**
     * Makes a machine, at the place of a VMM that waits for one like it, if there is one.
     *
     * @param create makes it at this place
     */
    Machine create(MachineSpec spec, Function<Optional<Place>, Machine> create) {
        Optional<Member> found = take(spec);
        if (found.isEmpty()) {
            makeRoom();
            return create.apply(Optional.empty());
        }
        Member member = found.get();
        reserved.put(member.id(), member);
        boolean created = false;
        try {
            Machine machine = create.apply(Optional.of(member.place()));
            created = true;
            return machine;
        } finally {
            if (created) {
                ports.alarm().at(ports.clock().instant().plus(PATIENCE), () -> release(member.id()));
            } else if (reserved.remove(member.id(), member)) {
                offer(member);
            } else {
                vacate(member.place()); // its VMM has just ended
            }
        }
    }

    /**
     * If machines and those that wait have all places, one of those ends. Call before a machine is made. Waits for one
     * that is being started, if that has the last place.
     */
    void makeRoom() {
        if (registry.isFull() && !giveUpOne()) {
            filling.lock();
            try {
                var _ = registry.isFull() && giveUpOne();
            } finally {
                filling.unlock();
            }
        }
    }

    private boolean giveUpOne() {
        Optional<Member> least = take(_ -> true);
        least.ifPresent(member -> {
            vacate(member.place());
            fillLater();
        });
        return least.isPresent();
    }

    private Optional<Member> take(MachineSpec spec) {
        return take(share -> share.fits(spec));
    }

    private Optional<Member> take(Predicate<Share> fits) {
        return waiting.entrySet().stream()
                .filter(entry -> fits.test(entry.getKey()))
                .map(entry -> Optional.ofNullable(entry.getValue().poll()))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private void offer(Member member) {
        Deque<Member> members = membersOf(member.share());
        members.add(member);
        boolean tooMany = members.size() > member.share().count(); // this one was away, and another came instead
        if (closed || tooMany || member.live().vmm().exit().isDone()) {
            remove(member);
        }
    }

    private Deque<Member> membersOf(Share share) {
        return Objects.requireNonNull(waiting.get(share));
    }

    /** The boot snapshot of the guest that waits for this machine. */
    Optional<SnapshotId> origin(MachineId id) {
        return Optional.ofNullable(reserved.get(id)).map(Member::from);
    }

    /** Whether a guest that waits continued from this snapshot: without it, it could not become a machine. */
    boolean uses(SnapshotId snapshot) {
        return beginning.equals(Optional.of(snapshot))
                || members().anyMatch(member -> member.from().equals(snapshot));
    }

    /** Those that wait for a machine to be made, and those that wait for its start. */
    private Stream<Member> members() {
        return Stream.concat(waiting.values().stream().flatMap(Deque::stream), reserved.values().stream());
    }

    /** Lets the guest that waits for this machine continue, if there is one. Call {@link MachineRunner#alone alone}. */
    Optional<Live> wake(MachineId id) {
        Optional<Live> woken = Optional.ofNullable(reserved.remove(id)).map(Member::live);
        woken.ifPresent(live -> live.vmm().resume());
        return woken;
    }

    /** Ends the VMM that waits for this machine, if there is one: the machine starts without it, or is deleted. */
    void release(MachineId id) {
        if (reserved.containsKey(id)) {
            runner.alone(id, () -> Optional.ofNullable(reserved.remove(id)).filter(member -> end(member.id())));
            fill();
        }
    }

    /**
     * Starts VMMs until all wait that should, in the background. To be called when a machine that had one runs, and not
     * before: it would slow down its start.
     */
    void fill() {
        if (!waiting.isEmpty() && !closed && fillIsDue.compareAndSet(false, true)) {
            ports.executor().execute(() -> {
                filling.lock();
                try {
                    fillIsDue.set(false);
                    waiting.forEach(this::fill);
                } finally {
                    filling.unlock();
                }
            });
        }
    }

    private void fillLater() {
        if (retryIsDue.compareAndSet(false, true)) {
            Duration pause = Timeouts.RETRY.multipliedBy(1L << Math.min(failures.get(), MAX_DOUBLINGS));
            ports.alarm().at(ports.clock().instant().plus(pause), () -> {
                retryIsDue.set(false);
                fill();
            });
        }
    }

    private void fill(Share share, Deque<Member> members) {
        boolean added = true;
        while (added && !closed && members.size() < share.count()) {
            added = add(share);
        }
    }

    /** Adds a VMM that waits, and returns whether it could. Otherwise it tries again later, if that may help. */
    private boolean add(Share share) {
        Place place;
        try {
            place = registry.reserve();
        } catch (HyperfleetException full) {
            fillLater();
            return false;
        }
        Machine member = Machine.create(
                place.id(),
                0,
                place.slot(),
                share.spec(),
                Optional.empty(),
                ports.clock().instant());
        Optional<BootKey> key = boots.key(member);
        if (key.isEmpty()) {
            registry.release(place);
            report(place.id(), new HyperfleetException(ErrorCode.UNSUPPORTED, "this host makes no boot snapshots"));
            return false;
        }
        boolean added = false;
        try {
            added = add(share, place, member, key.get());
        } finally {
            if (!added) {
                vacate(place);
                fillLater();
            }
        }
        return added;
    }

    private boolean add(Share share, Place place, Machine member, BootKey key) {
        Optional<SnapshotId> from = Optional.empty();
        try {
            boots.requireRoom();
            from = begin(key);
            if (from.isEmpty()) {
                var _ = runner.alone(place.id(), () -> boot(member));
                return false;
            }
            Machine restored = member.startingFrom(from);
            offer(runner.alone(place.id(), () -> launch(share, place, restored)));
            failures.set(0);
            return true;
        } catch (RuntimeException failure) {
            failures.incrementAndGet();
            report(place.id(), runner.abandon(place.id(), failure));
            beginning = Optional.empty();
            from.ifPresent(boots::distrust);
            return false;
        } finally {
            beginning = Optional.empty();
        }
    }

    /** From now on the snapshot is in use. */
    private Optional<SnapshotId> begin(BootKey key) {
        uses.lock();
        try {
            beginning = boots.find(key);
            return beginning;
        } finally {
            uses.unlock();
        }
    }

    private void report(MachineId id, HyperfleetException failure) {
        ports.listener().on(new AutomationFailed(id, failure));
    }

    private Member launch(Share share, Place place, Machine machine) {
        long begin = ports.time().nanoTime();
        Live live = runner.launch(machine, timeout);
        runner.rehearse(machine, live, timeout.minusNanos(ports.time().nanoTime() - begin));
        live.vmm().pause(timeout);
        Member member = new Member(share, place, machine.startsFrom().orElseThrow(), live);
        var _ = live.vmm().exit().thenAcceptAsync(_ -> remove(member), ports.executor());
        return member;
    }

    /** Makes the boot snapshot that the VMMs of this kind continue from. */
    private Live boot(Machine member) {
        Live live = runner.launch(member, timeout);
        live.guest().ifPresent(guest -> guest.awaitReady(timeout));
        boots.keep(member, live.vmm());
        return live;
    }

    /** Removes one whose VMM has ended, or should. */
    private void remove(Member member) {
        if (membersOf(member.share()).remove(member)) {
            vacate(member.place());
            fillLater();
        } else {
            release(member.id());
        }
    }

    private void vacate(Place place) {
        if (runner.alone(place.id(), () -> end(place.id())) && runner.remove(place.id())) {
            registry.release(place);
        }
    }

    /** Ends a VMM, removes everything of it, and returns whether that succeeded. The next server tries it again. */
    private boolean end(MachineId id) {
        try {
            var _ = runner.kill(id);
            runner.removeRuntime(id);
            ports.host().remove(id);
            return true;
        } catch (RuntimeException stuck) {
            ports.listener().on(new CleanupFailed(id, stuck));
            return false;
        }
    }

    /** Ends all VMMs that wait. Those that do not exit soon are removed by the next server. */
    void close() {
        closed = true;
        CompletableFuture.allOf(members()
                        .map(member -> CompletableFuture.runAsync(() -> remove(member), ports.executor()))
                        .toArray(CompletableFuture[]::new))
                .join();
    }
}
