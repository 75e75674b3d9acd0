package dev.hyperfleet.server;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The parts that a server has to close, each before those that it depends on. They share one deadline, and a part that
 * fails or hangs does not prevent the others from being closed. For one thread.
 */
final class Closings {
    /** The time for a part when others have used up the deadline: most need no more. */
    private static final Duration LEAST = Duration.ofMillis(200);

    private final Deque<Closing> closings = new ArrayDeque<>();

    private record Closing(String name, Runnable action) {}

    /** Adds a part, which is closed before those that were added earlier. */
    void add(String name, Runnable action) {
        closings.push(new Closing(name, action));
    }

    /**
     * Closes all parts.
     *
     * @param patience for all of them together
     * @return a sentence for each that could not be closed
     */
    List<String> close(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        List<String> failures = new ArrayList<>();
        while (!closings.isEmpty()) {
            Closing next = closings.pop();
            FutureTask<Boolean> task = new FutureTask<>(next.action(), true);
            Thread.ofPlatform().daemon().name("close " + next.name()).start(task);
            try {
                var _ = task.get(Math.max(deadline - System.nanoTime(), LEAST.toNanos()), TimeUnit.NANOSECONDS);
            } catch (ExecutionException failure) {
                failures.add("%s: %s".formatted(next.name(), failure.getCause()));
            } catch (TimeoutException hangs) {
                failures.add("%s: not closed in time".formatted(next.name()));
            } catch (InterruptedException interrupted) {
                failures.add("%s: interrupted".formatted(next.name()));
                Thread.currentThread().interrupt();
            }
        }
        return failures;
    }
}
