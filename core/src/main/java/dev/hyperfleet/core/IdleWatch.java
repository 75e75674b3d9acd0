package dev.hyperfleet.core;

import dev.hyperfleet.core.guest.BusyWatch;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * Knows what holds each machine awake, and puts to sleep those that are idle for long enough. For each
 * machine that runs and may go to sleep, a thread waits. Safe for concurrent use.
 */
final class IdleWatch {
    /** In a second: what a user of the API may well cause by the commands that he runs. */
    static final int MOST_CHANGES = 200;

    private final Map<MachineId, Wakefulness> machines = new ConcurrentHashMap<>();
    private final Map<MachineId, CompletableFuture<Void>> watches = new ConcurrentHashMap<>();
    private final Clock clock;
    private final MonotonicClock time;
    private final Executor executor;

    IdleWatch(Clock clock, MonotonicClock time, Executor executor) {
        this.clock = clock;
        this.time = time;
        this.executor = executor;
    }

    Wakefulness of(MachineId id) {
        return machines.computeIfAbsent(id, _ -> new Wakefulness(clock, time));
    }

    /** What has become of a machine may be the end of a watch. */
    void on(MachineEvent event) {
        switch (event) {
            case MachineEvent.Changed changed -> of(changed.id()).lookAgain();
            case MachineEvent.Deleted(MachineId id) -> {
                machines.remove(id);
                watches.remove(id);
            }
            default -> {}
        }
    }

    /**
     * Watches a machine that runs, and puts it to sleep when it is idle for long enough. An earlier watch of it is
     * over.
     *
     * @param busy is closed when the watch is over
     * @param still whether it runs on, with these settings
     * @param sleep puts it to sleep
     */
    void watch(Machine machine, BusyWatch busy, BooleanSupplier still, Runnable sleep) {
        Wakefulness wakefulness = of(machine.id());
        wakefulness.wakeUp();
        CompletableFuture<Void> over = new CompletableFuture<>();
        CompletableFuture<Void> before = watches.put(machine.id(), over);
        if (before != null) {
            before.complete(null);
            wakefulness.lookAgain();
        }
        BooleanSupplier goesOn = () -> !over.isDone() && still.getAsBoolean();
        executor.execute(() -> followProcesses(wakefulness, busy, over));
        executor.execute(() -> {
            try (busy) {
                while (goesOn.getAsBoolean()) {
                    wakefulness.awaitIdle(machine.spec().automation().sleep().idleTimeout(), goesOn);
                    if (goesOn.getAsBoolean()) {
                        wakefulness.doze(sleep);
                    }
                }
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
            } finally {
                over.complete(null);
                var _ = watches.remove(machine.id(), over);
            }
        });
    }

    /**
     * A machine whose agent does not tell is not put to sleep: something may run in it. Nor is one while its agent
     * tells of more changes than anybody needs to know of; they are read slowly then, or a hostile guest would
     * keep the host busy with them.
     */
    private void followProcesses(Wakefulness wakefulness, BusyWatch busy, CompletableFuture<Void> over) {
        Hold hold = wakefulness.hold(Activity.PROCESSES);
        long begin = time.nanoTime();
        int changes = 0;
        try {
            while (true) {
                boolean isBusy = busy.next();
                if (++changes % MOST_CHANGES == 0) {
                    hold.close();
                    hold = wakefulness.hold(Activity.PROCESSES);
                    var _ = time.comes(over, Duration.ofSeconds(1).minusNanos(time.nanoTime() - begin));
                    begin = time.nanoTime();
                }
                hold.close();
                if (isBusy) {
                    hold = wakefulness.hold(Activity.PROCESSES);
                }
            }
        } catch (HyperfleetException silent) {
            hold.close();
            if (!over.isDone()) {
                hold = wakefulness.hold(Activity.PROCESSES);
                over.join();
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            hold.close();
        }
    }
}
