package dev.hyperfleet.tests;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A TCP connection to a port of a guest, over the API's WebSocket. */
final class Tcp implements WebSocket.Listener, AutoCloseable {
    private static final int PIECE_BYTES = 16 << 10;
    private static final int PATIENCE_SECONDS = 60;

    private final ByteArrayOutputStream received = new ByteArrayOutputStream(); // guarded by this
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private @Nullable WebSocket socket;

    static Tcp open(ServerProcess server, String key, String machine, int port) {
        Tcp connection = new Tcp();
        URI uri = URI.create(
                server.url.replaceFirst("http", "ws") + "/machines/%s/ports/%d/connect".formatted(machine, port));
        connection.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + key)
                .buildAsync(uri, connection)
                .join();
        return connection;
    }

    private WebSocket socket() {
        if (socket == null) {
            throw new IllegalStateException("not open");
        }
        return socket;
    }

    void send(byte[] bytes) {
        for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
            byte[] piece = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + PIECE_BYTES));
            var _ = socket().sendBinary(ByteBuffer.wrap(piece), true).join();
        }
    }

    void end() {
        var _ = socket().sendText("end", true).join();
    }

    /** This many bytes, once they have arrived. */
    synchronized byte[] read(int count) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (received.size() < count) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                throw new AssertionError("%d bytes came, not %d".formatted(received.size(), count));
            }
            try {
                wait(left);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(interrupted);
            }
        }
        return received.toByteArray();
    }

    /** Whether the guest's side has ended properly. */
    boolean awaitEnd() {
        return ended.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        received.writeBytes(bytes);
        notifyAll();
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
        ended.complete(text.toString().equals("end"));
        from.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
        ended.complete(false);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
        ended.completeExceptionally(failure);
    }

    @Override
    public void close() {
        socket().abort();
    }
}
