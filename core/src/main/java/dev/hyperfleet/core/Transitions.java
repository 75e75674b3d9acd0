package dev.hyperfleet.core;

import dev.hyperfleet.core.MachineRunner.Live;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Carries out on the host what has been decided and stored, and stores what has come of it: the second half of
 * every start and stop, and the end of a run that nobody has asked for. Safe for concurrent use; calls block.
 */
final class Transitions {
    private final MachineRegistry registry;
    private final MachineRunner runner;
    private final Automations automations;
    private final Machines.Ports ports;
    private final Timeouts timeouts;
    private volatile boolean closed;

    Transitions(
            MachineRegistry registry,
            MachineRunner runner,
            Automations automations,
            Machines.Ports ports,
            Timeouts timeouts) {
        this.registry = registry;
        this.runner = runner;
        this.automations = automations;
        this.ports = ports;
        this.timeouts = timeouts;
    }

    /** Makes the VMM of a machine stand still, or go on, as the machine's status says. */
    void align(MachineId id) {
        registry.exclusively(id, runner::align);
    }

    /**
     * Completes a transition on a thread of its own: it goes on to its end when the caller is interrupted
     * because its client has gone or the server stops.
     */
    Machine complete(Supplier<Machine> transition) {
        Cause cause = Cause.current();
        try {
            return CompletableFuture.supplyAsync(() -> cause.call(transition), ports.executor())
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
        long begin = ports.time().nanoTime();
        return finishStart(starting, orFail(starting.id(), () -> runner.launch(starting)), begin);
    }

    /** The rest of a start whose VMM runs, and may not have been told to run the guest. */
    Machine finishLaunched(Machine starting, Live live) {
        long begin = ports.time().nanoTime(); // how much of its time is over, the earlier server alone knew
        orFail(starting.id(), () -> {
            runner.boot(starting);
            return live;
        });
        return finishStart(starting, live, begin);
    }

    /** The VMM runs, the guest has yet to answer. */
    private Machine finishStart(Machine starting, Live live, long begin) {
        return orFail(starting.id(), () -> {
            Duration left = timeouts.start().minusNanos(ports.time().nanoTime() - begin);
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

    /** Down and up again: the machine is stopping. */
    Machine bringUpAgain(MachineId id) {
        takeDown(id);
        return bringUp(orFail(id, () -> registry.intend(id, Lifecycle::startingAgain)));
    }

    private void takeDown(MachineId id) {
        orFail(id, () -> runner.stop(id, timeouts));
        runner.removeRuntime(id);
    }

    /** From now on the end of this VMM is the end of the machine's run, whoever causes it. */
    void watch(MachineId id, Live live) {
        var _ = live.vmm().exit().thenAcceptAsync(exit -> onExit(id, live, exit), ports.executor());
        watchRun(id);
    }

    /** What runs is to go by the machine's present settings. */
    void watchRun(MachineId id) {
        runner.find(id).ifPresent(live -> automations.watch(registry.get(id), live.guest()));
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
        return (machine.status() == MachineStatus.RUNNING || machine.status() == MachineStatus.PAUSED)
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
                            ? Lifecycle.startFailed(machine, String.valueOf(reason.getMessage()), now)
                            : machine);
            throw reason;
        }
    }

    /** What is under way is left as it is, for the next server. */
    void close() {
        closed = true;
        runner.detachAll();
    }
}
