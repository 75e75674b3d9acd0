package dev.hyperfleet.tests;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client that is attached to a process over a WebSocket. It reads one message at a time, on request. */
final class Terminal implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60 * TestHome.SLOWNESS);

    private final WebSocket socket;
    private final Inbox inbox;
    private long next;

    /** A message: JSON, or bytes of a stream with their offset. */
    record Message(Optional<JsonNode> json, int stream, long offset, byte[] bytes) {
        String type() {
            return json.map(it -> it.get("type").asString()).orElse("output");
        }
    }

    private Terminal(WebSocket socket, Inbox inbox) {
        this.socket = socket;
        this.inbox = inbox;
    }

    static Terminal open(HttpClient client, URI uri, Optional<String> key) {
        Inbox inbox = new Inbox();
        WebSocket.Builder builder = client.newWebSocketBuilder();
        key.ifPresent(token -> builder.header("Authorization", "Bearer " + token));
        try {
            return new Terminal(builder.buildAsync(uri, inbox).join(), inbox);
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof WebSocketHandshakeException refused) {
                throw new AssertionError("status " + refused.getResponse().statusCode(), refused);
            }
            throw failure;
        }
    }

    /** Received messages that were not read. */
    private static final class Inbox implements WebSocket.Listener {
        private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();

        @Override
        public void onOpen(WebSocket opened) {
            // Nothing is requested until it is needed.
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer piece, boolean last) {
            byte[] part = new byte[piece.remaining()];
            piece.get(part);
            bytes.writeBytes(part);
            if (last) {
                ByteBuffer whole = ByteBuffer.wrap(bytes.toByteArray());
                bytes.reset();
                int stream = whole.get();
                long offset = whole.getLong();
                byte[] data = new byte[whole.remaining()];
                whole.get(data);
                messages.add(new Message(Optional.empty(), stream, offset, data));
            } else {
                from.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence piece, boolean last) {
            text.append(piece);
            if (last) {
                messages.add(
                        new Message(Optional.of(JsonMapper.shared().readTree(text.toString())), 0, 0, new byte[0]));
                text.setLength(0);
            } else {
                from.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            closed.complete(status);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable failure) {
            closed.completeExceptionally(failure);
        }
    }

    void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    void write(byte[] data) {
        socket.sendBinary(ByteBuffer.wrap(data), true).join();
    }

    void say(Map<String, ?> message) {
        socket.sendText(JsonMapper.shared().writeValueAsString(message), true).join();
    }

    /** The next message. */
    Message take() {
        socket.request(1);
        try {
            Message message = inbox.messages.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError(
                        "nothing arrived within " + PATIENCE + "; closed: " + inbox.closed,
                        inbox.closed.isCompletedExceptionally() ? inbox.closed.exceptionNow() : null);
            }
            if (message.json().isEmpty()) {
                next = message.offset() + message.bytes().length;
            }
            return message;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Its offset in the output. */
    long offset() {
        return next;
    }

    /** Reads output until this text; returns all that was read. */
    String await(String wanted) {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(wanted) < 0) {
            Message message = take();
            if (message.type().equals("end") || message.type().equals("error")) {
                throw new AssertionError("'%s' has not come, but %s after: %s".formatted(wanted, message.json(), seen));
            }
            seen.append(new String(message.bytes(), StandardCharsets.UTF_8));
        }
        return seen.toString();
    }

    /** Reads everything to the process's end; its output is written to the stream. */
    JsonNode awaitEnd(java.io.OutputStream output) {
        try {
            while (true) {
                Message message = take();
                switch (message.type()) {
                    case "output" -> output.write(message.bytes());
                    case "end" -> {
                        return message.json().orElseThrow().get("process");
                    }
                    case "process" -> {}
                    default -> throw new AssertionError(message.json().toString());
                }
            }
        } catch (java.io.IOException impossible) {
            throw new java.io.UncheckedIOException(impossible);
        }
    }

    JsonNode awaitEnd() {
        return awaitEnd(java.io.OutputStream.nullOutputStream());
    }

    /** As when the network fails. */
    @Override
    public void close() {
        socket.abort();
    }
}
