package dev.hyperfleet.bench;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Reads everything that a WebSocket sends, without delay, until it is closed. */
final class ByteCounter implements WebSocket.Listener {
    private final CompletableFuture<Long> all = new CompletableFuture<>();
    private long count;

    /** The number of bytes in binary messages; waits for the end. */
    long await() {
        return all.join();
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
        count += data.remaining();
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        all.complete(count);
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
        all.completeExceptionally(failure);
    }
}
