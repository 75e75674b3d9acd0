package dev.hyperfleet.server.routes;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** The messages of a WebSocket's server: bytes as Latin 1, and the status that it closes with. */
final class Messages implements WebSocket.Listener {
    private static final int PATIENCE_SECONDS = 10;

    private final StringBuilder message = new StringBuilder();
    private final List<String> received = new ArrayList<>();
    private final CompletableFuture<String> first = new CompletableFuture<>();
    private final CompletableFuture<List<String>> all = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        return take(socket, data, last);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
        return take(socket, StandardCharsets.ISO_8859_1.decode(data), last);
    }

    private CompletionStage<?> take(WebSocket socket, CharSequence part, boolean last) {
        message.append(part);
        if (last) {
            received.add(message.toString());
            first.complete(message.toString());
            message.setLength(0);
        }
        socket.request(1);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        received.add(String.valueOf(status));
        all.complete(List.copyOf(received));
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        first.completeExceptionally(error);
        all.completeExceptionally(error);
    }

    /** The first message. */
    String first() {
        return first.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** All messages, and the status, once the server has closed the WebSocket. */
    List<String> all() {
        return all.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }
}
