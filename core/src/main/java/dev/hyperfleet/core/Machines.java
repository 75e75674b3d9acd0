package dev.hyperfleet.core;

import dev.hyperfleet.core.Lifecycle.Decision.Refuse;
import dev.hyperfleet.core.Lifecycle.Decision.Remove;
import dev.hyperfleet.core.Lifecycle.Decision.Transition;
import dev.hyperfleet.core.MachineRunner.Live;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestConnector;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What users do with machines. A method that changes a machine returns when the change is complete:
 * {@link #start} when the guest has answered, {@link #stop} when the VMM is gone. Every method throws
 * {@link HyperfleetException}. Safe for concurrent use; calls block, so each wants a thread of its own.
 */
public final class Machines {
    private final MachineRegistry registry;
    private final MachineRunner runner;
    private final Timeouts timeouts;
    private final Clock clock;
    private final Executor executor;
    private final Ports ports;
    private volatile boolean closed;

    /** All that machines need of the world. */
    public record Ports(
            MachineStore store,
            Hypervisor hypervisor,
            Supervisor supervisor,
            MachineNetwork network,
            MachineDisks disks,
            GuestConnector guests,
            MachineListener listener,
            Clock clock,
            RandomGenerator random,
            Executor executor) {}

    public Machines(Ports ports, Timeouts timeouts) {
        this.ports = ports;
        this.timeouts = timeouts;
        this.clock = ports.clock();
        this.executor = ports.executor();
        this.registry = new MachineRegistry(
                ports.store(),
                ports.listener(),
                ports.clock(),
                ports.random(),
                ports.network().capacity());
        this.runner = new MachineRunner(new MachineRunner.Ports(
                ports.hypervisor(),
                ports.supervisor(),
                ports.network(),
                ports.disks(),
                ports.guests(),
                ports.listener()));
    }

    /**
     * Brings what the store says and what the host has into agreement. Once, before anything else. What
     * takes longer (a start or a stop that was under way) goes on after it returns.
     */
    public void recover() {
        registry.load();
        new Recovery(registry, runner, this, ports).run();
    }

    public Machine create(MachineSpec spec) {
        return registry.create(spec);
    }

    public Machine get(MachineId id) {
        return registry.get(id);
    }

    /**
     * Machines of these statuses (all, where there are none), newest first.
     *
     * @param limit 1 or more
     * @param offset how many to leave out
     */
    public MachinePage list(Set<MachineStatus> statuses, int limit, long offset) {
        if (statuses.isEmpty()) {
            return new MachinePage(registry.page(limit, offset), registry.size());
        }
        Collection<Machine> matching = registry.all().stream()
                .filter(machine -> statuses.contains(machine.status()))
                .toList();
        List<Machine> page = matching.stream().skip(offset).limit(limit).toList();
        return new MachinePage(page, matching.size());
    }

    /** How many machines there are of each status. */
    public Map<MachineStatus, Integer> counts() {
        Map<MachineStatus, Integer> counts = new EnumMap<>(MachineStatus.class);
        for (MachineStatus status : MachineStatus.values()) {
            counts.put(status, 0);
        }
        registry.all().forEach(machine -> counts.merge(machine.status(), 1, Integer::sum));
        return counts;
    }

    public Machine start(MachineId id) {
        Machine starting = command(id, Command.START);
        return complete(() -> bringUp(starting));
    }

    public Machine stop(MachineId id) {
        command(id, Command.STOP);
        return complete(() -> finishStop(id));
    }

    public Machine restart(MachineId id) {
        command(id, Command.RESTART);
        return complete(() -> {
            takeDown(id);
            return bringUp(orFail(id, () -> registry.intend(id, Lifecycle::startingAgain)));
        });
    }

    /**
     * Completes a transition on a thread of its own: it goes on to its end when the caller is interrupted
     * because its client has gone or the server stops.
     */
    private Machine complete(Supplier<Machine> transition) {
        Cause cause = Cause.current();
        try {
            return CompletableFuture.supplyAsync(() -> cause.call(transition), executor)
                    .get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw stopping();
        } catch (ExecutionException failure) {
            throw unwrap(failure);
        }
    }

    /** With the stack of the caller, and the original as its cause. */
    private static RuntimeException unwrap(ExecutionException failure) {
        return failure.getCause() instanceof HyperfleetException reason
                ? new HyperfleetException(reason.code(), String.valueOf(reason.getMessage()), failure)
                : new IllegalStateException(failure.getCause());
    }

    public void delete(MachineId id) {
        Machine removed =
                registry.remove(id, (machine, now) -> switch (Lifecycle.decide(machine, Command.DELETE, now)) {
                    case Remove _ -> machine;
                    case Refuse(String message) -> throw new HyperfleetException(ErrorCode.BAD_REQUEST, message);
                    case Transition _ -> throw new IllegalStateException("a delete is no transition");
                });
        if (runner.remove(id)) {
            registry.freeSlot(removed);
        }
    }

    private Machine command(MachineId id, Command command) {
        return registry.intend(id, (machine, now) -> switch (Lifecycle.decide(machine, command, now)) {
            case Transition(Machine next) -> next;
            case Refuse(String message) -> throw new HyperfleetException(ErrorCode.BAD_REQUEST, message);
            case Remove _ -> throw new IllegalStateException("only a delete removes");
        });
    }

    private Machine bringUp(Machine starting) {
        return finishStart(starting, orFail(starting.id(), () -> runner.launch(starting)));
    }

    /** The rest of a start whose VMM runs, and may not have been told to run the guest. */
    Machine finishLaunched(Machine starting, Live live) {
        orFail(starting.id(), () -> {
            runner.boot(starting);
            return live;
        });
        return finishStart(starting, live);
    }

    /** The second half of a start: the VMM runs, the guest has yet to answer. */
    private Machine finishStart(Machine starting, Live live) {
        return orFail(starting.id(), () -> {
            Duration left = timeouts.start().minus(Duration.between(starting.updatedAt(), clock.instant()));
            Instance instance = runner.awaitReady(starting, live, left.isNegative() ? Duration.ZERO : left);
            Machine running =
                    registry.observe(starting.id(), (machine, now) -> Lifecycle.started(machine, instance, now));
            watch(starting.id(), live);
            return running;
        });
    }

    /** The second half of a stop: the machine is stopping, and its VMM may still run. */
    Machine finishStop(MachineId id) {
        takeDown(id);
        return registry.observe(id, Lifecycle::stopped);
    }

    private void takeDown(MachineId id) {
        orFail(id, () -> runner.stop(id, timeouts));
        runner.removeRuntime(id);
    }

    /** From now on the end of this VMM is the end of the machine's run, whoever causes it. */
    void watch(MachineId id, Live live) {
        var _ = live.vmm().exit().thenAcceptAsync(exit -> onExit(id, live, exit), executor);
    }

    private void onExit(MachineId id, Live live, VmmExit exit) {
        if (registry.find(id).isEmpty()) {
            return; // it was deleted
        }
        registry.observe(id, (machine, now) -> {
            if (!isRunBy(machine, live)) {
                return machine;
            }
            // First what is left of it, and nobody may start the machine anew meanwhile: it would lose what it has.
            runner.removeRuntime(id);
            return Lifecycle.ended(machine, exit, now);
        });
    }

    private static boolean isRunBy(Machine machine, Live live) {
        return machine.status() == MachineStatus.RUNNING
                && machine.instance()
                        .map(Instance::process)
                        .filter(live.vmm().identity()::equals)
                        .isPresent();
    }

    /** Performs a step of a transition. When it fails, the machine has failed, and nothing of it runs. */
    private <T> T orFail(MachineId id, Supplier<T> step) {
        try {
            return step.get();
        } catch (RuntimeException failure) {
            if (closed) {
                throw failure; // the machine runs on, and the next server finishes what was under way
            }
            HyperfleetException reason = runner.abandon(id, failure);
            registry.observe(
                    id,
                    (machine, now) -> machine.status().hasVmm()
                            ? Lifecycle.failed(machine, String.valueOf(reason.getMessage()), now)
                            : machine);
            throw reason;
        }
    }

    /** Waits until the machine is in one of these states. */
    public Machine await(MachineId id, Set<MachineStatus> targets, Duration timeout) {
        Waiter waiter = new Waiter(targets);
        registry.addWaiter(id, waiter);
        try {
            return waiter.outcome().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            throw new HyperfleetException(
                    ErrorCode.TIMEOUT,
                    "Timed out waiting for machine %s to reach status %s".formatted(id, waiter.describeTargets()),
                    late);
        } catch (ExecutionException settled) {
            throw unwrap(settled);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw stopping();
        } finally {
            registry.removeWaiter(id, waiter);
        }
    }

    /**
     * The guest of a machine that runs.
     *
     * @param operation what is to be done with it, for the error where it does not
     */
    public Guest guest(MachineId id, String operation) {
        Machine machine = registry.get(id);
        if (machine.status() != MachineStatus.RUNNING) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "Cannot %s in machine in '%s' state"
                            .formatted(operation, machine.status().text()));
        }
        return runner.find(id)
                .flatMap(Live::guest)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.BAD_REQUEST,
                        "Cannot %s in machine %s: it boots without our initramfs, so there is no agent in it."
                                .formatted(operation, id)));
    }

    /** Ends all waits, with an error that says so: the server is about to stop. */
    public void endWaits() {
        registry.failWaiters(stopping());
    }

    /** Lets go of the VMMs, which run on. What is under way is left as it is, for the next server. */
    public void close() {
        closed = true;
        runner.detachAll();
    }

    private static HyperfleetException stopping() {
        return new HyperfleetException(
                ErrorCode.UNAVAILABLE, "The server is stopping; machines run on. Try again in a moment.");
    }
}
