package dev.hyperfleet.tests;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A WebSocket whose other end echoes. */
final class EchoSocket implements WebSocket.Listener, AutoCloseable {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int PATIENCE_SECONDS = 60;

    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final StringBuilder partial = new StringBuilder();
    private @Nullable WebSocket socket;

    static EchoSocket open(Proxied port, String path) {
        EchoSocket echo = new EchoSocket();
        WebSocket.Builder builder = CLIENT.newWebSocketBuilder();
        builder.header("Origin", "http://" + port.host()); // as a page of that host does
        port.key().ifPresent(key -> builder.header("X-Hyperfleet-Key", key));
        URI uri = URI.create("ws://" + port.host() + port.target(path));
        echo.socket = builder.buildAsync(uri, echo).join();
        return echo;
    }

    private WebSocket socket() {
        if (socket == null) {
            throw new IllegalStateException("not open");
        }
        return socket;
    }

    /** Sends a message, and returns the reply. */
    String echo(String message) {
        var _ = socket().sendText(message, true).join();
        return next();
    }

    String next() {
        try {
            @Nullable String message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("nothing came back");
            }
            return message;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
        partial.append(text);
        if (last) {
            messages.add(partial.toString());
            partial.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
        messages.add("closed");
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
        messages.add("failed: " + failure);
    }

    @Override
    public void close() {
        socket().abort();
    }
}
