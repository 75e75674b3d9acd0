package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.control.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.control.MachineEvent.Running;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Lifecycle;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Owner;
import dev.hyperfleet.core.machine.Start;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.core.request.RequestContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Carries out on the host what has been decided and stored, and stores the result: the second half of every start,
 * stop, pause and resume, and the unrequested end of a run. No state is locked during work on the host: a thread that
 * works on a machine there does so {@link MachineRunner#alone alone}, and takes the registry's lock after that. Safe
 * for concurrent use; calls block.
 */
final class Transitions {
    private static final int STARTS_PER_CPU = 4;
    private static final Duration START_PATIENCE = Duration.ofSeconds(10);

    private final MachineRegistry registry;
    private final MachineRunner runner;
    private final BootSnapshots boots;
    private final WarmPool pool;
    private final MachineListener listener;
    private final Machines.Ports ports;
    private final Timeouts timeouts;
    private final StartQueue queue;
    private volatile boolean closed;

    Transitions(
            MachineRegistry registry,
            MachineRunner runner,
            BootSnapshots boots,
            WarmPool pool,
            MachineListener listener,
            Machines.Ports ports,
            Timeouts timeouts) {
        this.registry = registry;
        this.runner = runner;
        this.boots = boots;
        this.pool = pool;
        this.listener = listener;
        this.ports = ports;
        this.timeouts = timeouts;
        this.queue = new StartQueue(
                STARTS_PER_CPU * Runtime.getRuntime().availableProcessors(), START_PATIENCE, ports.time());
    }

    /**
     * Completes a transition on a separate thread: it continues when the caller is interrupted because its client has
     * disconnected or the server stops.
     */
    Machine complete(Supplier<Machine> transition) {
        RequestContext context = RequestContext.current().continued();
        try {
            return CompletableFuture.supplyAsync(() -> context.call(transition::get), ports.executor())
                    .get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Machines.stopping();
        } catch (ExecutionException failure) {
            throw unwrap(failure);
        }
    }

    /** With the stack of the caller, and the original as its cause. */
    static RuntimeException unwrap(ExecutionException failure) {
        return failure.getCause() instanceof HyperfleetException reason
                ? new HyperfleetException(reason.code(), String.valueOf(reason.getMessage()), failure)
                : new IllegalStateException(failure.getCause());
    }

    /** The second half of a start. */
    Machine bringUp(Machine starting) {
        return queue.inTurn(starting.owner().map(Owner::name).orElse(""), () -> bringUpNow(starting));
    }

    private Machine bringUpNow(Machine starting) {
        if (closed) {
            throw Machines.stopping(); // the next server finds that it has not begun
        }
        if (!boots.isStartOf(starting)) {
            pool.release(starting.id());
            return bringUp(starting, Optional.empty());
        }
        Attempt attempt = runner.alone(starting.id(), () -> bringUpWarm(starting));
        pool.fill();
        attempt.obstacle().ifPresent(_ -> starting.startsFrom().ifPresent(boots::distrust));
        return attempt.obstacle().isEmpty() ? attempt.machine() : bringUp(attempt.machine(), attempt.obstacle());
    }

    private Machine bringUp(Machine starting, Optional<String> obstacle) {
        long begin = ports.time().nanoTime();
        Live live = orFail(starting.id(), () -> runner.launch(starting, timeouts.start()));
        Beginning beginning = new Beginning(begin, timeouts.start(), false, obstacle);
        return orFail(starting.id(), () -> finishStart(starting, live, beginning));
    }

    /**
     * The first half of a start.
     *
     * @param begin when it began
     * @param timeout for all of it
     * @param pooled whether the guest had waited for the machine
     * @param obstacle why the machine boots although there was a boot snapshot
     */
    private record Beginning(long begin, Duration timeout, boolean pooled, Optional<String> obstacle) {}

    /**
     * The end of an attempt to continue from a boot snapshot.
     *
     * @param obstacle why it failed; then the machine is to boot
     */
    private record Attempt(Machine machine, Optional<String> obstacle) {}

    /** A boot snapshot saves time. If its guest does not run, the machine boots instead. */
    private Attempt bringUpWarm(Machine starting) {
        MachineId id = starting.id();
        long begin = ports.time().nanoTime();
        Duration timeout = timeouts.start().dividedBy(2);
        try {
            Optional<Live> woken = pool.wake(id);
            Live live = woken.isPresent() ? woken.get() : runner.launch(starting, timeout);
            Beginning beginning = new Beginning(begin, timeout, woken.isPresent(), Optional.empty());
            return new Attempt(finishStart(starting, live, beginning), Optional.empty());
        } catch (RuntimeException failure) {
            if (closed) {
                throw failure; // the next server finishes it
            }
            HyperfleetException reason = runner.abandon(id, failure);
            ports.listener().on(new AutomationFailed(id, reason));
            Machine booting = registry.observe(id, (machine, _) -> machine.startingFrom(Optional.empty()));
            return new Attempt(booting, Optional.of(String.valueOf(reason.getMessage())));
        }
    }

    /** The rest of a start whose VMM runs, but may not run the guest yet. */
    Machine finishLaunched(Machine starting, Live live) {
        long begin = ports.time().nanoTime(); // only the earlier server knew how much of its time had passed
        orFail(starting.id(), () -> {
            runner.boot(starting, live);
            return live;
        });
        Beginning beginning = new Beginning(begin, timeouts.start(), false, Optional.empty());
        Machine running = orFail(starting.id(), () -> finishStart(starting, live, beginning));
        runner.refresh(starting.id()); // it may have been suspended, and nothing of that is left
        return running;
    }

    /** The VMM runs, the guest has not answered yet. */
    private Machine finishStart(Machine starting, Live live, Beginning beginning) {
        Duration load = Duration.ofNanos(ports.time().nanoTime() - beginning.begin());
        Duration left = beginning.timeout().minus(load);
        Live ready = runner.awaitReady(starting, live, left.isNegative() ? Duration.ZERO : left);
        Duration renewal =
                Duration.ofNanos(ports.time().nanoTime() - beginning.begin()).minus(load);
        Start.From from = beginning.pooled() ? Start.From.POOL : from(starting, live);
        Optional<SnapshotId> snapshot = starting.startsFrom().filter(_ -> from == Start.From.SNAPSHOT);
        Start start = new Start(from, snapshot, load, renewal, beginning.obstacle());
        Instance instance = runner.instance(starting, ready.vmm(), start);
        Machine running = registry.observe(starting.id(), (machine, now) -> Lifecycle.started(machine, instance, now));
        watch(starting.id(), ready);
        return running;
    }

    private Start.From from(Machine starting, Live live) {
        if (!live.restored()) {
            return Start.From.BOOT;
        }
        if (starting.startsFrom().isEmpty()) {
            return Start.From.SUSPENSION;
        }
        return boots.isStartOf(starting) ? Start.From.BOOT_SNAPSHOT : Start.From.SNAPSHOT;
    }

    /** The same, without the memory that was saved when the machine was suspended. */
    Machine bringUpWithoutMemory(Machine starting) {
        return bringUp(orFail(starting.id(), () -> {
            ports.host().suspended().discard(starting.id());
            return starting;
        }));
    }

    /** The second half of a stop: the machine is stopping, and its VMM may still run; or it was suspended. */
    Machine finishStop(Machine stopping) {
        MachineId id = stopping.id();
        if (stopping.status() == MachineStatus.STOPPED) {
            runner.discardMemory(id);
            return stopping;
        }
        takeDown(id);
        return registry.observe(id, Lifecycle::stopped);
    }

    /** The second half of a restart: the machine is stopping. */
    Machine bringUpAgain(MachineId id) {
        takeDown(id);
        return bringUp(orFail(id, () -> registry.intend(id, Lifecycle::startingAgain)));
    }

    /** The second half of a rollback, which has stored the snapshot that the machine starts from. */
    Machine finishRollback(Machine begun) {
        return begun.status() == MachineStatus.STOPPING ? bringUpAgain(begun.id()) : bringUp(begun);
    }

    private void takeDown(MachineId id) {
        boolean discarded = registry.get(id).startsFrom().isPresent();
        orFail(id, () -> {
            VmmExit exit = discarded ? runner.kill(id) : runner.stop(id, timeouts);
            runner.removeRuntime(id);
            return exit;
        });
    }

    /** The second half of a pause: the machine is pausing. */
    Machine finishPause(MachineId id) {
        return orAlign(id, () -> pause(id));
    }

    /** The second half of a resume: the machine is resuming, or it was suspended and is starting. */
    Machine finishResume(Machine resuming) {
        return resuming.status() == MachineStatus.STARTING
                ? bringUp(resuming)
                : orAlign(resuming.id(), () -> resume(resuming.id()));
    }

    /**
     * The second half of a suspension: the machine is suspending. If its memory cannot be saved, it is again as it was.
     *
     * @param before {@link MachineStatus#RUNNING} or {@link MachineStatus#PAUSED}
     */
    Machine finishSuspend(Machine suspending, MachineStatus before) {
        MachineId id = suspending.id();
        boolean suspended = false;
        try {
            Machine ended = runner.alone(id, () -> {
                saveMemory(id, before);
                return orFail(id, () -> {
                    var _ = runner.kill(id);
                    runner.removeRuntime(id);
                    return registry.observe(id, Lifecycle::suspended);
                });
            });
            suspended = true;
            return ended;
        } finally {
            if (!suspended && !closed) {
                watchRun(id);
                align(id);
            }
        }
    }

    private void saveMemory(MachineId id, MachineStatus before) {
        boolean paused = before == MachineStatus.PAUSED;
        boolean saved = false;
        try {
            runner.saveMemory(id, paused, timeouts.start());
            saved = true;
        } finally {
            if (!saved && !closed) {
                var _ = paused || runner.proceed(id);
                var _ = registry.observeIfPresent(
                        id, (machine, now) -> Lifecycle.turned(machine, MachineStatus.SUSPENDING, before, now));
            }
        }
    }

    /** Finishes what an earlier server has begun; without its memory, a machine continues. */
    void finishSuspendUnattended(Machine suspending) {
        try {
            var _ = finishSuspend(suspending, isHalted(suspending.id()) ? MachineStatus.PAUSED : MachineStatus.RUNNING);
        } catch (HyperfleetException failure) {
            ports.listener().on(new AutomationFailed(suspending.id(), failure));
        }
    }

    private boolean isHalted(MachineId id) {
        try {
            return runner.isPaused(id);
        } catch (HyperfleetException silent) {
            return false; // it cannot be suspended either, which then has its own error
        }
    }

    /** A failed command may have been carried out anyway, or may be carried out later. */
    private Machine orAlign(MachineId id, Supplier<Machine> turn) {
        try {
            return turn.get();
        } catch (HyperfleetException failure) {
            align(id);
            throw failure;
        }
    }

    private Machine pause(MachineId id) {
        return turn(id, () -> runner.pause(id), MachineStatus.PAUSING, MachineStatus.PAUSED, MachineStatus.RUNNING);
    }

    private Machine resume(MachineId id) {
        return turn(id, () -> runner.resume(id), MachineStatus.RESUMING, MachineStatus.RUNNING, MachineStatus.PAUSED);
    }

    /** If a VMM refuses, or does not answer in time, the machine is as it was before. */
    private Machine turn(MachineId id, Runnable effect, MachineStatus from, MachineStatus to, MachineStatus back) {
        try {
            Machine turned = runner.alone(id, () -> {
                effect.run();
                return registry.observe(id, (machine, now) -> Lifecycle.turned(machine, from, to, now));
            });
            watchRun(id);
            return turned;
        } catch (HyperfleetException failure) {
            if (!closed) {
                var _ = registry.observeIfPresent(id, (machine, now) -> Lifecycle.turned(machine, from, back, now));
                ports.listener().on(new AutomationFailed(id, failure));
                watchRun(id);
            }
            throw failure;
        }
    }

    /** Finishes what an earlier server, or {@link #align}, has begun; retries later if it fails now. */
    void finishUnattended(Machine turning) {
        MachineId id = turning.id();
        try {
            var _ = turning.status() == MachineStatus.PAUSING ? pause(id) : resume(id);
        } catch (HyperfleetException failure) {
            ports.alarm().at(ports.clock().instant().plus(Timeouts.RETRY), () -> align(id));
        }
    }

    /**
     * Makes the VMM of a running or paused machine agree with that status as soon as it answers: it may have carried
     * out a command after its timeout. In the background.
     */
    void align(MachineId id) {
        RequestContext context = RequestContext.current().continued();
        ports.executor().execute(() -> context.run(() -> alignNow(id)));
    }

    private void alignNow(MachineId id) {
        boolean isPaused;
        try {
            isPaused = runner.isPaused(id);
        } catch (HyperfleetException ended) {
            return;
        }
        if (closed) {
            return;
        }
        AtomicBoolean differs = new AtomicBoolean();
        Optional<Machine> found = registry.observeIfPresent(id, (machine, now) -> {
            Machine next = Lifecycle.realigned(machine, isPaused, now);
            differs.set(!next.equals(machine));
            return next;
        });
        if (differs.get()) {
            found.ifPresent(this::finishUnattended);
        } else if (!isPaused) {
            runner.refresh(id); // an earlier server may have ended before it did that
        }
    }

    /** From now on the exit of this VMM ends the machine's run, whatever causes it. */
    void watch(MachineId id, Live live) {
        var _ = live.vmm().exit().thenAcceptAsync(exit -> onExit(id, live, exit), ports.executor());
        watchRun(id);
    }

    /** Publishes the machine's current settings, if it runs. */
    void watchRun(MachineId id) {
        runner.find(id)
                .ifPresent(live -> registry.find(id)
                        .filter(machine -> machine.status() == MachineStatus.RUNNING)
                        .ifPresent(machine -> listener.on(new Running(machine, live.guest()))));
    }

    private void onExit(MachineId id, Live live, VmmExit exit) {
        runner.alone(id, () -> {
            runner.removeRuntime(id, live);
            boolean saved = ports.host().suspended().exists(id);
            return registry.observeIfPresent(
                    id,
                    (machine, now) -> isRunBy(machine, live, saved) ? Lifecycle.ended(machine, exit, now) : machine);
        });
    }

    /** Whether the VMM's exit, which no command has requested, ends the machine's run. */
    private static boolean isRunBy(Machine machine, Live live, boolean saved) {
        boolean requested =
                machine.status() == MachineStatus.STOPPING || (machine.status() == MachineStatus.SUSPENDING && saved);
        return !requested
                && machine.instance()
                        .map(Instance::process)
                        .filter(live.vmm().identity()::equals)
                        .isPresent();
    }

    /** Performs a step of a transition. If it fails, the machine becomes failed, and nothing of it runs. */
    private <T> T orFail(MachineId id, Supplier<T> step) {
        return runner.alone(id, () -> attempt(id, step));
    }

    private <T> T attempt(MachineId id, Supplier<T> step) {
        try {
            return step.get();
        } catch (RuntimeException failure) {
            if (closed) {
                throw failure; // the machine keeps running, and the next server finishes what was in progress
            }
            HyperfleetException reason = runner.abandon(id, failure);
            registry.observe(
                    id,
                    (machine, now) -> machine.status().hasVmm()
                            ? Lifecycle.startFailed(machine, String.valueOf(reason.getMessage()), now)
                            : machine);
            throw reason;
        }
    }

    /** From now on, operations in progress are left for the next server. */
    void end() {
        closed = true;
    }
}
