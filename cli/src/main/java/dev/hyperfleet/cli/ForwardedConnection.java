package dev.hyperfleet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection that is forwarded to a machine's port over a WebSocket. Each side is read only as fast as the
 * other accepts data.
 */
final class ForwardedConnection implements WebSocket.Listener {
    private static final int PIECE_BYTES = 32 << 10;
    private static final String END = "end";

    private final Socket local;
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();
    private boolean localEnded; // these are guarded by this
    private boolean remoteEnded;

    private ForwardedConnection(Socket local) {
        this.local = local;
    }

    /** Returns when both sides have ended, or one has failed. */
    static void carry(ApiClient client, HttpClient http, String path, Socket local) {
        ForwardedConnection connection = new ForwardedConnection(local);
        WebSocket.Builder builder = http.newWebSocketBuilder();
        client.headers().forEach(builder::header);
        try {
            WebSocket socket =
                    builder.buildAsync(client.webSocket(path), connection).join();
            try {
                Thread.startVirtualThread(() -> connection.sendLocal(socket));
                var _ = connection.over.join();
            } finally {
                socket.abort();
            }
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof WebSocketHandshakeException refused
                    ? new CliException(
                            CliException.REFUSED,
                            ("The server refuses a connection, with status %d: is the port exposed, and does "
                                            + "anything listen there?")
                                    .formatted(refused.getResponse().statusCode()))
                    : new CliException(
                            CliException.UNREACHABLE,
                            "A connection was lost: "
                                    + FailureText.ofConnection(Objects.requireNonNull(failure.getCause())));
        }
    }

    private void sendLocal(WebSocket socket) {
        byte[] piece = new byte[PIECE_BYTES];
        try {
            InputStream input = local.getInputStream();
            for (int count = input.read(piece); count >= 0; count = input.read(piece)) {
                var _ = socket.sendBinary(ByteBuffer.wrap(Arrays.copyOf(piece, count)), true)
                        .join();
            }
            var _ = socket.sendText(END, true).join();
            end(true, false);
        } catch (IOException | CompletionException broken) {
            over.completeExceptionally(broken);
        }
    }

    private synchronized void end(boolean ofLocal, boolean ofRemote) {
        localEnded |= ofLocal;
        remoteEnded |= ofRemote;
        if (localEnded && remoteEnded) {
            over.complete(true);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer piece, boolean last) {
        byte[] bytes = new byte[piece.remaining()];
        piece.get(bytes);
        try {
            local.getOutputStream().write(bytes);
            socket.request(1);
        } catch (IOException broken) {
            over.completeExceptionally(broken);
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
        try {
            local.shutdownOutput();
            end(false, true);
            socket.request(1);
        } catch (IOException broken) {
            over.completeExceptionally(broken);
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        over.completeExceptionally(new IOException("closed by the server"));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
        over.completeExceptionally(failure);
    }
}
