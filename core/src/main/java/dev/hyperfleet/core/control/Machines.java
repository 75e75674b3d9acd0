package dev.hyperfleet.core.control;

import dev.hyperfleet.core.Alarm;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestConnector;
import dev.hyperfleet.core.guest.GuestPorts;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.host.Capability;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.core.machine.Command;
import dev.hyperfleet.core.machine.Lifecycle;
import dev.hyperfleet.core.machine.Lifecycle.Decision.Refuse;
import dev.hyperfleet.core.machine.Lifecycle.Decision.Remove;
import dev.hyperfleet.core.machine.Lifecycle.Decision.Transition;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Sleep;
import dev.hyperfleet.core.request.RequestContext;
import dev.hyperfleet.core.snapshot.SnapshotStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * Operations on machines. A method that changes a machine returns when the change is complete: {@link #start} when the
 * guest has answered, {@link #stop} when the VMM is gone. Every method throws {@link HyperfleetException}. Safe for
 * concurrent use; calls block, so each needs its own thread.
 */
public final class Machines {
    /** Longer than the longest timeouts that can be set. */
    private static final Duration TRANSITION_PATIENCE = Duration.ofHours(3);

    private final MachineRegistry registry;
    private final MachineRunner runner;
    private final Ports ports;
    private final MachineListeners listeners;
    private final Transitions transitions;
    private final SnapshotRegistry saved;
    private final BootSnapshots boots;
    private final WarmPool pool;
    private final Snapshots snapshots;

    /** Everything that machines depend on. */
    public record Ports(
            MachineStore store,
            SnapshotStore snapshots,
            Host host,
            GuestConnector guests,
            MachineListener listener,
            Quotas quotas,
            Clock clock,
            MonotonicClock time,
            RandomGenerator random,
            Executor executor,
            Alarm alarm) {}

    public Machines(Ports ports, Timeouts timeouts, WarmStarts warmStarts) {
        this.ports = ports;
        this.listeners = new MachineListeners(ports.listener());
        this.registry = new MachineRegistry(
                ports.store(),
                listeners,
                ports.clock(),
                ports.random(),
                ports.host().capacity(),
                ports.quotas());
        this.saved = new SnapshotRegistry(ports.snapshots(), ports.quotas());
        this.boots = new BootSnapshots(saved, ports, warmStarts.maxBytes(), this::removeUnused, this::fillPool);
        this.runner = new MachineRunner(
                new MachineRunner.Ports(
                        ports.host(),
                        ports.guests(),
                        ports.listener(),
                        ports.clock(),
                        ports.time(),
                        ports.random(),
                        ports.executor()),
                this::origin,
                boots::keep);
        ReadWriteLock uses = new ReentrantReadWriteLock();
        this.pool =
                new WarmPool(warmStarts.shares(), registry, runner, boots, ports, timeouts.start(), uses.readLock());
        this.transitions = new Transitions(registry, runner, boots, pool, listeners, ports, timeouts);
        this.snapshots = new Snapshots(registry, saved, boots, pool, runner, transitions, ports, timeouts, uses);
        listeners.add(snapshots::on);
    }

    /**
     * Adds a listener for all later events. Each event is passed to the listeners in the order in which they were
     * added.
     */
    public void subscribe(MachineListener listener) {
        listeners.add(listener);
    }

    /**
     * Makes the store and the host agree. Call once, before anything else. Longer operations (a start or a stop that
     * was in progress) continue after it returns.
     */
    public RecoveryReport recover() {
        registry.load();
        saved.load();
        snapshots.removeLeftovers();
        RecoveryReport report = new Recovery(registry, runner, boots, transitions, ports).run();
        snapshots.collectAll();
        boots.removeLongestUnused();
        pool.fill();
        return report;
    }

    private void fillPool() {
        pool.fill();
    }

    /** The number of guests that wait in pools. */
    public int waiting() {
        return pool.size();
    }

    private boolean removeUnused(SnapshotId id) {
        return snapshots.removeUnused(id);
    }

    /**
     * Makes a machine.
     *
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED} for one that should be paused or suspended when idle, if
     * machines cannot be
     */
    public Machine create(MachineSpec spec) {
        SleepCheck.require(spec.automation().sleep(), ports.host());
        boots.requireRoom();
        return pool.create(spec, place -> registry.create(spec, Optional.empty(), place));
    }

    /** How the machine's next start begins. */
    private Origin origin(Machine machine) {
        return machine.startsFrom()
                .map(snapshot -> saved.origin(snapshot, ports.host()::memoryFormat))
                .orElseGet(() ->
                        ports.host().suspended().exists(machine.id()) ? new Origin.OwnMemory() : new Origin.Boot());
    }

    /** The snapshots of these machines. */
    public Snapshots snapshots() {
        return snapshots;
    }

    public Machine get(MachineId id) {
        return registry.get(id);
    }

    /**
     * Machines of these statuses (all, if none are given), newest first.
     *
     * @param limit 1 or more
     * @param offset how many to skip
     */
    public MachinePage list(Set<MachineStatus> statuses, int limit, long offset) {
        return statuses.isEmpty()
                ? registry.page(limit, offset)
                : registry.page(machine -> statuses.contains(machine.status()), limit, offset);
    }

    /** A page of the machines that match, newest first. */
    public MachinePage list(Predicate<Machine> which, int limit, long offset) {
        return registry.page(which, limit, offset);
    }

    /** The machine of this id, or of this name. */
    public Machine find(String idOrName) {
        return lookup(idOrName).orElseThrow(() -> HyperfleetException.notFound(idOrName));
    }

    /** The machine of this id, or of this name, if there is one. A machine's id comes before another one's name. */
    public Optional<Machine> lookup(String idOrName) {
        return lookup(idOrName, _ -> true);
    }

    /** The same among these machines: the others do not exist for the caller. */
    public Optional<Machine> lookup(String idOrName, Predicate<Machine> visible) {
        return byId(idOrName).filter(visible).or(() -> registry.named(idOrName).filter(visible));
    }

    /** The machine of this id, if there is one; the text need not have the form of an id. */
    public Optional<Machine> byId(String id) {
        return MachineId.isValid(id) ? registry.find(new MachineId(id)) : Optional.empty();
    }

    /** All machines, newest first. Machines that are created or deleted meanwhile may or may not be included. */
    public Collection<Machine> all() {
        return registry.all();
    }

    /** The machine, if there is one. */
    public Optional<Machine> peek(MachineId id) {
        return registry.find(id);
    }

    /**
     * Connects to a port of a running machine: over the network if the host has one to it, otherwise through its agent.
     *
     * @throws HyperfleetException as {@link GuestPorts#connect} says
     */
    public PortConnection connect(Machine machine, int port, Duration timeout) {
        try {
            return machine.instance()
                    .flatMap(instance -> ports.host().connect(instance.network(), port, timeout))
                    .orElseGet(() ->
                            guest(machine.id(), "reach port " + port).ports().connect(port, timeout));
        } catch (HyperfleetException failure) {
            throw PortFailures.of(failure, machine, port, timeout);
        }
    }

    /**
     * Changes a machine's settings. Running automations continue with the new ones.
     *
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED} if it should be paused or suspended when idle from now
     * on, and machines cannot be
     */
    public Machine configure(MachineId id, UnaryOperator<MachineSpec> change) {
        AtomicBoolean otherwise = new AtomicBoolean();
        Machine configured = registry.configure(id, (machine, _) -> {
            Machine next = machine.with(change.apply(machine.spec()));
            Sleep sleep = next.spec().automation().sleep();
            if (!sleep.equals(machine.spec().automation().sleep())) {
                SleepCheck.require(sleep, ports.host());
            }
            otherwise.set(!next.spec().automation().equals(machine.spec().automation()));
            return next;
        });
        if (otherwise.get()) {
            transitions.watchRun(id);
        }
        return configured;
    }

    /** Runs an action on a machine while it cannot change. The action must be fast. */
    public <T> T whileUnchanged(MachineId id, Function<Machine, T> action) {
        return registry.whileUnchanged(id, action);
    }

    /** The number of machines of each status. */
    public Map<MachineStatus, Integer> counts() {
        return registry.counts();
    }

    public Machine start(MachineId id) {
        requireRoomFor(id, Command.START);
        Machine starting = snapshots.beginStart(id);
        return transitions.complete(() -> transitions.bringUp(starting));
    }

    /** An automatic start, if it is still due. */
    public void startByPolicy(MachineId id, Instant due) {
        if (registry.find(id).isEmpty()) {
            return;
        }
        pool.release(id);
        AtomicBoolean begun = new AtomicBoolean(); // it may have begun already, or be obsolete
        Machine machine = registry.intend(id, (before, now) -> {
            Machine next = Lifecycle.startedByPolicy(before, due, now);
            begun.set(!next.equals(before));
            return next;
        });
        if (begun.get()) {
            try {
                var _ = transitions.bringUp(machine);
            } catch (HyperfleetException failure) {
                ports.listener().on(new MachineEvent.AutomationFailed(id, failure));
            }
        }
    }

    /**
     * Starts a machine from its disk. If it was suspended, or could not continue after that, its saved memory is
     * discarded.
     */
    public Machine boot(MachineId id) {
        requireRoomFor(id, Command.START);
        pool.release(id);
        Machine starting = command(id, Command.START);
        return transitions.complete(() -> transitions.bringUpWithoutMemory(starting));
    }

    public Machine stop(MachineId id) {
        Machine stopping = command(id, Command.STOP);
        return transitions.complete(() -> transitions.finishStop(stopping));
    }

    public Machine restart(MachineId id) {
        requireRoomFor(id, Command.RESTART);
        command(id, Command.RESTART);
        return transitions.complete(() -> transitions.bringUpAgain(id));
    }

    /** Pauses a machine; its memory is kept. */
    public Machine pause(MachineId id) {
        var _ = command(id, Command.PAUSE);
        return transitions.complete(() -> transitions.finishPause(id));
    }

    /** Resumes a paused machine, or starts a suspended one. */
    public Machine resume(MachineId id) {
        if (registry.get(id).status() == MachineStatus.SUSPENDED) {
            requireRoomFor(id, Command.RESUME);
        }
        Machine resuming = command(id, Command.RESUME);
        return transitions.complete(() -> transitions.finishResume(resuming));
    }

    /**
     * Suspends a machine: its memory is saved, and its VMM ends.
     *
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED} if this host's VMM cannot save memory; {@link
     * ErrorCode#BAD_REQUEST} also for a machine without an agent
     */
    public Machine suspend(MachineId id) {
        requireRoomFor(id, Command.SUSPEND);
        ports.host().obstacle(Capability.SNAPSHOT).ifPresent(obstacle -> {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED, "machines cannot be suspended on this host: %s.".formatted(obstacle));
        });
        AtomicReference<MachineStatus> before = new AtomicReference<>(MachineStatus.RUNNING);
        Machine suspending = registry.intend(id, (machine, now) -> {
            before.set(machine.status());
            return decide(machine, Command.SUSPEND, now);
        });
        return transitions.complete(() -> transitions.finishSuspend(suspending, before.get()));
    }

    public void delete(MachineId id) {
        Machine removed =
                registry.remove(id, (machine, now) -> switch (Lifecycle.decide(machine, Command.DELETE, now)) {
                    case Remove _ -> machine;
                    case Refuse(String message) -> throw refused(machine, message, now);
                    case Transition _ -> throw new IllegalStateException("a delete is no transition");
                });
        pool.release(id);
        if (runner.remove(id)) {
            registry.freeSlot(removed);
        }
    }

    /**
     * The machine after its transition, if it is in one.
     *
     * @throws HyperfleetException {@link ErrorCode#TIMEOUT} if the transition does not end
     */
    public Machine settled(MachineId id) {
        return await(id, MachineStatus.settled(), TRANSITION_PATIENCE);
    }

    /**
     * Stops a machine that runs or is paused, then deletes it. A machine in a transition is waited for.
     *
     * @throws HyperfleetException {@link ErrorCode#TIMEOUT} if the transition does not end
     */
    public void remove(MachineId id) {
        if (settled(id).status().hasVmm()) {
            var _ = stop(id);
            RequestContext.current().continued().run(() -> delete(id)); // the stop has made a new version
        } else {
            delete(id);
        }
    }

    /** A command that would be refused anyway is refused for that reason. */
    private void requireRoomFor(MachineId id, Command command) {
        Machine machine = registry.get(id);
        RequestContext.current().check(machine);
        var _ = decide(machine, command, ports.clock().instant());
        boots.requireRoom();
    }

    private Machine command(MachineId id, Command command) {
        return registry.intend(id, (machine, now) -> decide(machine, command, now));
    }

    /** The state that a command leads to. A command that is not allowed is refused. */
    static Machine decide(Machine machine, Command command, Instant now) {
        return switch (Lifecycle.decide(machine, command, now)) {
            case Transition(Machine next) -> next;
            case Refuse(String message) -> throw refused(machine, message, now);
            case Remove _ -> throw new IllegalStateException("only a delete removes");
        };
    }

    /** The error says what a program can do instead. */
    private static HyperfleetException refused(Machine machine, String message, Instant now) {
        List<String> allowed =
                Lifecycle.allowed(machine, now).stream().map(Command::text).toList();
        return new HyperfleetException(ErrorCode.BAD_REQUEST, message)
                .with("status", machine.status().text())
                .with("allowed", allowed);
    }

    /** Stops a running machine, and returns when that is stored; its VMM is stopped in the background. */
    public void stopInBackground(MachineId id) {
        Machine stopping = command(id, Command.STOP);
        RequestContext context = RequestContext.current().continued();
        ports.executor().execute(() -> context.run(() -> transitions.finishStop(stopping)));
    }

    /** Waits until the machine is in one of these states. */
    public Machine await(MachineId id, Set<MachineStatus> targets, Duration timeout) {
        Waiter waiter = new Waiter(targets);
        registry.addWaiter(id, waiter);
        try {
            return ports.time().await(waiter.outcome(), timeout);
        } catch (TimeoutException late) {
            throw new HyperfleetException(
                    ErrorCode.TIMEOUT,
                    "Timed out waiting for machine %s to reach status %s".formatted(id, waiter.describeTargets()),
                    late);
        } catch (ExecutionException settled) {
            throw Transitions.unwrap(settled);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw stopping();
        } finally {
            registry.removeWaiter(id, waiter);
        }
    }

    /**
     * The guest of a running machine.
     *
     * @param operation the intended operation, for the error if the machine does not run
     */
    public Guest guest(MachineId id, String operation) {
        Machine machine = registry.get(id);
        if (machine.status() != MachineStatus.RUNNING) {
            throw new HyperfleetException(
                            ErrorCode.BAD_REQUEST,
                            "Cannot %s in machine in '%s' state"
                                    .formatted(operation, machine.status().text()))
                    .with("status", machine.status().text());
        }
        return runner.find(id)
                .flatMap(Live::guest)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.BAD_REQUEST,
                        "Cannot %s in machine %s: it boots without our initramfs, so it has no agent."
                                .formatted(operation, id)));
    }

    /** Ends all waits, with an error that says so: the server is about to stop. */
    public void endWaits() {
        registry.failWaiters(stopping());
    }

    /** Disconnects from the VMMs, which keep running. Operations in progress are left for the next server. */
    public void close() {
        transitions.end();
        pool.close();
        runner.detachAll();
    }

    static HyperfleetException stopping() {
        return new HyperfleetException(
                ErrorCode.UNAVAILABLE, "The server is stopping; machines keep running. Try again in a moment.");
    }
}
