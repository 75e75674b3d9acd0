package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.Alarm;
import dev.hyperfleet.core.MonotonicClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** The threads of one server. When it is killed, none of them continues, wherever it is. */
final class ServerProcess implements Executor, Alarm, MonotonicClock {
    private final Scheduler scheduler;
    private final Consumer<Throwable> uncaught;
    private boolean alive = true;

    /**
     * @param uncaught called with what a thread has thrown
     */
    ServerProcess(Scheduler scheduler, Consumer<Throwable> uncaught) {
        this.scheduler = scheduler;
        this.uncaught = uncaught;
    }

    boolean isAlive() {
        return alive;
    }

    /** Kills it. */
    void kill() {
        alive = false;
    }

    /** Where the thread of a killed process stops. */
    void end() {
        while (true) {
            LockSupport.park();
        }
    }

    @Override
    public void execute(Runnable task) {
        if (!alive) {
            return;
        }
        Executor turns = turn -> {
            if (alive) {
                scheduler.ready(() -> take(turn));
            }
        };
        Scheduler.thread(turns, () -> {
                    try {
                        task.run();
                    } catch (RuntimeException | Error thrown) {
                        uncaught.accept(thrown);
                    }
                })
                .start();
    }

    private void take(Runnable turn) {
        if (alive) {
            turn.run();
        }
    }

    @Override
    public void at(Instant time, Runnable action) {
        scheduler.at(time, () -> execute(action));
    }

    @Override
    public long nanoTime() {
        return scheduler.nanoTime();
    }

    @Override
    public <T> T await(Future<T> event, Duration timeout)
            throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<T> bounded = ((CompletableFuture<T>) event).copy();
        if (!bounded.isDone()) {
            scheduler.after(timeout, () -> bounded.completeExceptionally(new TimeoutException()));
        }
        try {
            return bounded.get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof TimeoutException late) {
                throw late;
            }
            throw failure;
        }
    }

    /** Lets other threads run, if any. */
    void yieldTurn() {
        CompletableFuture<Boolean> next = new CompletableFuture<>();
        scheduler.ready(() -> next.complete(true));
        var _ = next.join();
    }

    /** Lets time pass in this thread. */
    void sleep(Duration length) {
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        scheduler.after(length, () -> over.complete(true));
        var _ = over.join();
    }
}
