package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.guest.BusyWatch;
import dev.hyperfleet.core.machine.Machine;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * Puts machines to sleep that have been idle for long enough. One thread waits for each running machine that may
 * sleep. Safe for concurrent use.
 */
final class IdleWatch {
    /** Per second: changes that a user of the API may plausibly cause with commands. */
    static final int MAX_CHANGES = 200;

    private final ActivityTracker tracker;
    private final Map<MachineId, CompletableFuture<Void>> watches = new ConcurrentHashMap<>();
    private final MonotonicClock time;
    private final Executor executor;

    IdleWatch(ActivityTracker tracker, MonotonicClock time, Executor executor) {
        this.tracker = tracker;
        this.time = time;
        this.executor = executor;
    }

    /** The machine has changed, which may end its watch. */
    void recheck(MachineId id) {
        tracker.of(id).signalChange();
    }

    /** The machine was deleted. */
    void forget(MachineId id) {
        tracker.forget(id);
        watches.remove(id);
    }

    /**
     * Watches a running machine, and puts it to sleep when it has been idle for long enough. Ends an earlier watch of it.
     *
     * @param busy is closed when the watch ends
     * @param still whether it still runs, with these settings
     * @param putToSleep stops, pauses or suspends it
     */
    void watch(Machine machine, BusyWatch busy, BooleanSupplier still, Runnable putToSleep) {
        MachineActivity activity = tracker.of(machine.id());
        activity.wakeUp();
        CompletableFuture<Void> over = new CompletableFuture<>();
        CompletableFuture<Void> before = watches.put(machine.id(), over);
        if (before != null) {
            before.complete(null);
            activity.signalChange();
        }
        BooleanSupplier goesOn = () -> !over.isDone() && still.getAsBoolean();
        executor.execute(() -> followProcesses(activity, busy, over));
        executor.execute(() -> {
            try (busy) {
                while (goesOn.getAsBoolean()) {
                    activity.awaitIdle(machine.spec().automation().sleep().idleTimeout(), goesOn);
                    if (goesOn.getAsBoolean()) {
                        activity.putToSleep(putToSleep);
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
     * A machine whose agent does not answer stays awake: something may run in it. So does one while its agent
     * reports more changes than any user could cause. Those are read slowly, so that a hostile guest cannot keep the
     * host busy.
     */
    private void followProcesses(MachineActivity activity, BusyWatch busy, CompletableFuture<Void> over) {
        Hold hold = activity.hold(Activity.PROCESSES);
        long begin = time.nanoTime();
        int changes = 0;
        try {
            while (true) {
                boolean isBusy = busy.next();
                if (++changes % MAX_CHANGES == 0) {
                    hold.close();
                    hold = activity.hold(Activity.PROCESSES);
                    var _ = time.comes(over, Duration.ofSeconds(1).minusNanos(time.nanoTime() - begin));
                    begin = time.nanoTime();
                }
                hold.close();
                if (isBusy) {
                    hold = activity.hold(Activity.PROCESSES);
                }
            }
        } catch (HyperfleetException silent) {
            hold.close();
            if (!over.isDone()) {
                hold = activity.hold(Activity.PROCESSES);
                over.join();
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            hold.close();
        }
    }
}
