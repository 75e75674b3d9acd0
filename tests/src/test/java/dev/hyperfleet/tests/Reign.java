package dev.hyperfleet.tests;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The current server, and the times at which earlier ones ended. Safe for concurrent use, with one replacing thread.
 */
final class Reign implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;

    private final Supplier<ServerProcess> successor;
    private final Map<ServerProcess, CompletableFuture<Long>> ends = new ConcurrentHashMap<>();
    private volatile CompletableFuture<ServerProcess> current;

    Reign(Supplier<ServerProcess> successor) {
        this.successor = successor;
        this.current = CompletableFuture.completedFuture(started());
    }

    private ServerProcess started() {
        ServerProcess server = successor.get();
        ends.put(server, new CompletableFuture<>());
        return server;
    }

    /** The server; if there is none, waits for the next. */
    ServerProcess server() {
        return current.join();
    }

    /** The time at which the server of a broken connection had ended, in nanoseconds; waits for it. */
    long end(ServerProcess server) {
        return ends.computeIfAbsent(server, _ -> new CompletableFuture<>())
                .copy()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** Ends the server, and starts another one. */
    void replace(Consumer<ServerProcess> end) {
        ServerProcess old = server();
        CompletableFuture<ServerProcess> next = new CompletableFuture<>();
        current = next;
        end.accept(old);
        ends.computeIfAbsent(old, _ -> new CompletableFuture<>()).complete(System.nanoTime());
        next.complete(started());
    }

    @Override
    public void close() {
        server().close();
    }
}
