package dev.hyperfleet.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A process that this one is attached to over a WebSocket. Output is requested only after earlier output was written,
 * and input is read only after earlier input was sent.
 */
final class AttachedProcess implements WebSocket.Listener {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int HEADER_BYTES = 1 + Long.BYTES;
    private static final int STDERR = 2;
    private static final int PIECE_BYTES = 32 << 10;

    private static final ReentrantLock SENDING = new ReentrantLock();

    private final OutputStream output;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<JsonNode> end = new CompletableFuture<>();

    private AttachedProcess(OutputStream output) {
        this.output = output;
    }

    /** An action on a process while it runs, such as sending input. */
    interface Companion {
        void with(WebSocket socket);
    }

    /** Sends all input, prints the output, and returns how the process ended. */
    static JsonNode pipe(ApiClient client, String path, InputStream input, OutputStream output) {
        return run(client, path, output, socket -> {
            send(socket, input);
            say(socket, Map.of("type", "eof"));
        });
    }

    /** Attaches, and returns how the process ended. */
    static JsonNode run(ApiClient client, String path, OutputStream output, Companion companion) {
        AttachedProcess process = new AttachedProcess(output);
        try (HttpClient http = HttpClient.newHttpClient()) {
            WebSocket.Builder builder = http.newWebSocketBuilder();
            client.headers().forEach(builder::header);
            WebSocket socket = builder.buildAsync(client.webSocket(path + "/attach"), process)
                    .join();
            Thread.ofPlatform().daemon().start(() -> process.accompany(companion, socket));
            try {
                return process.end.join();
            } finally {
                socket.abort();
                http.shutdownNow();
            }
        } catch (CompletionException failure) {
            throw switch (Objects.requireNonNull(failure.getCause())) {
                case CliException said -> said;
                case OutputClosedException closed -> closed;
                case WebSocketHandshakeException refused ->
                    new ConnectionLostException("the server refuses it, with status "
                            + refused.getResponse().statusCode());
                case Throwable broken -> new ConnectionLostException(FailureText.ofConnection(broken));
            };
        }
    }

    private void accompany(Companion companion, WebSocket socket) {
        try {
            companion.with(socket);
        } catch (UncheckedIOException broken) {
            end.completeExceptionally(new CliException(CliException.REFUSED, "Standard input cannot be read."));
        }
    }

    /** Forwards the input until it ends, or the process has ended. */
    static void send(WebSocket socket, InputStream input) {
        byte[] piece = new byte[PIECE_BYTES];
        try {
            boolean taken = true;
            for (int count = input.read(piece); taken && count >= 0; count = input.read(piece)) {
                ByteBuffer message = ByteBuffer.wrap(Arrays.copyOf(piece, count));
                taken = sendAlone(() -> socket.sendBinary(message, true));
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    static void say(WebSocket socket, Map<String, ?> message) {
        var _ = sendAlone(() -> socket.sendText(JSON.writeValueAsString(message), true));
    }

    /**
     * A WebSocket sends one message at a time; keys and resizes come from different threads. Returns whether it was
     * sent: a process may end before its input does, and if the connection has ended, the receiving side reports why.
     */
    private static boolean sendAlone(Supplier<CompletableFuture<WebSocket>> send) {
        SENDING.lock();
        try {
            var _ = send.get().join();
            return true;
        } catch (CompletionException closed) {
            return false;
        } finally {
            SENDING.unlock();
        }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer piece, boolean last) {
        byte[] part = new byte[piece.remaining()];
        piece.get(part);
        bytes.writeBytes(part);
        if (last) {
            byte[] message = bytes.toByteArray();
            bytes.reset();
            try {
                OutputStream to = message[0] == STDERR ? StandardStreams.ERR : output;
                to.write(message, HEADER_BYTES, message.length - HEADER_BYTES);
                to.flush();
            } catch (IOException | OutputClosedException | CliException broken) {
                end.completeExceptionally(broken);
            }
        }
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence piece, boolean last) {
        text.append(piece);
        if (last) {
            JsonNode message = JSON.readTree(text.toString());
            text.setLength(0);
            switch (message.get("type").asString()) {
                case "end" -> end.complete(message.get("process"));
                case "error" ->
                    end.completeExceptionally(
                            new ConnectionLostException(message.path("message").asString("")));
                case "gap" -> end.completeExceptionally(RemoteProcess.gap());
                default -> {} // the process's initial state
            }
        }
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        end.completeExceptionally(new ConnectionLostException("the server has closed it"));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
        end.completeExceptionally(failure);
    }
}
