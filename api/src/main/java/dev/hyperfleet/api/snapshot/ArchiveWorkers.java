package dev.hyperfleet.api.snapshot;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.request.RequestContext;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that read and write archives. That keeps a CPU busy for long, and the system shares its time among threads of
 * its own, but not among virtual ones. Safe for concurrent use.
 */
final class ArchiveWorkers {
    static final int MAX_AT_ONCE = 8;

    private final ExecutorService threads = new ThreadPoolExecutor(
            0,
            MAX_AT_ONCE,
            1,
            TimeUnit.MINUTES,
            new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("archive-", 0).factory());

    /** What is done with an archive. */
    interface Work<T> {
        T run() throws IOException;
    }

    /**
     * Does it, and returns the result.
     *
     * @throws HyperfleetException {@link ErrorCode#TOO_MANY_REQUESTS} if all threads are busy
     */
    <T> T run(Work<T> work) throws IOException {
        RequestContext context = RequestContext.current();
        Future<T> running;
        try {
            running = threads.submit(() -> context.<T, IOException>call(work::run));
        } catch (RejectedExecutionException busy) {
            throw new HyperfleetException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "The server reads and writes at most %d archives at a time. Try again later."
                            .formatted(MAX_AT_ONCE),
                    busy);
        }
        try {
            return running.get();
        } catch (ExecutionException failure) {
            throw unwrap(failure);
        } catch (InterruptedException interrupted) {
            running.cancel(true);
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private static IOException unwrap(ExecutionException failure) {
        return switch (failure.getCause()) {
            case HyperfleetException refused -> throw refused;
            case IOException interrupted -> interrupted;
            case null, default -> throw new IllegalStateException(failure.getCause());
        };
    }
}
