package dev.hyperfleet.api.process;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.activity.Hold;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ProcessOutput;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.Json;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.WebSocketRequests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket that is attached to a process. Output is read from the guest only as fast as the client reads it, and
 * input from the client only as fast as the process reads it: nothing is buffered here. Binary messages are bytes, text
 * messages JSON. Public only because Jetty calls it by reflection.
 */
public final class AttachSocket implements Session.Listener {
    private static final int HEADER_BYTES = 1 + Long.BYTES;
    private static final byte STDOUT = 1;
    private static final byte STDERR = 2;

    private final GuestProcesses processes;
    private final Attachment attachment;
    private final Hold hold;
    private final OpenStreams streams;
    private @Nullable Session session; // set before any message

    AttachSocket(GuestProcesses processes, Attachment attachment, Hold hold, OpenStreams streams) {
        this.processes = processes;
        this.attachment = attachment;
        this.hold = hold;
        this.streams = streams;
    }

    private record ProcessMessage(String type, ProcessJson process) {}

    private record GapMessage(String type, long from, long to) {}

    private record ErrorMessage(String type, ErrorCode code, String message) {}

    @Override
    public void onWebSocketOpen(Session opened) {
        session = opened;
        Thread.ofVirtual().name("attach-output").start(() -> sendOutput(opened));
        opened.demand();
    }

    private void sendOutput(Session to) {
        try (attachment;
                OpenStreams.Registration _ = streams.add(() -> goAway(to))) {
            send(to, new ProcessMessage("process", ProcessJson.of(attachment.process())));
            while (true) {
                Optional<ProcessOutput> next = attachment.next(EventStream.HEARTBEAT);
                if (next.isEmpty()) {
                    WebSocketRequests.send(callback -> to.sendPing(ByteBuffer.allocate(0), callback));
                    continue;
                }
                switch (next.get()) {
                    case ProcessOutput.Piece piece -> send(to, piece);
                    case ProcessOutput.Gap gap -> send(to, new GapMessage("gap", gap.from(), gap.to()));
                    case ProcessOutput.End(GuestProcess process) -> {
                        send(to, new ProcessMessage("end", ProcessJson.of(process)));
                        to.close(StatusCode.NORMAL, "", Callback.NOOP);
                        return;
                    }
                }
            }
        } catch (HyperfleetException failure) {
            refuse(to, failure);
        } catch (CompletionException gone) {
            to.disconnect(); // the process continues without this client
        }
    }

    private static void send(Session to, ProcessOutput.Piece piece) {
        ByteBuffer message = ByteBuffer.allocate(HEADER_BYTES + piece.data().length);
        message.put(piece.stream() == ProcessOutput.Stream.STDOUT ? STDOUT : STDERR)
                .putLong(piece.offset())
                .put(piece.data())
                .flip();
        WebSocketRequests.send(callback -> to.sendBinary(message, callback));
    }

    private static void send(Session to, Object json) {
        WebSocketRequests.send(callback -> to.sendText(Json.MAPPER.writeValueAsString(json), callback));
    }

    /** Sends the error, and closes. */
    private static void refuse(Session to, HyperfleetException failure) {
        if (to.isOpen()) {
            String json = Json.MAPPER.writeValueAsString(
                    new ErrorMessage("error", failure.code(), String.valueOf(failure.getMessage())));
            to.sendText(
                    json,
                    Callback.from(
                            () -> to.close(
                                    StatusCode.SERVER_ERROR, failure.code().name(), Callback.NOOP),
                            _ -> to.disconnect()));
        }
    }

    void close() {
        hold.close();
        attachment.close();
    }

    /** The server stops; the process keeps running. */
    private void goAway(Session to) {
        to.close(StatusCode.SHUTDOWN, "the server is stopping", Callback.NOOP);
        attachment.close();
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        byte[] data = new byte[payload.remaining()];
        payload.get(data);
        take(callback, () -> attachment.write(data));
    }

    @Override
    public void onWebSocketText(String text) {
        take(Callback.NOOP, () -> obey(text));
    }

    private void obey(String text) {
        RequestBody message =
                RequestBody.parse(text.getBytes(StandardCharsets.UTF_8), List.of("type", "rows", "cols", "signal"));
        String id = attachment.process().id();
        switch (message.requiredText("type", RequestBody.MAX_WORD)) {
            case "eof" -> {
                message.throwIfInvalid();
                attachment.endInput();
            }
            case "resize" -> {
                var size = ProcessBody.size(message);
                message.throwIfInvalid();
                var _ = processes.resize(id, size);
            }
            case "signal" -> {
                int signal = ProcessRoutes.signal(message);
                message.throwIfInvalid();
                var _ = processes.signal(id, signal);
            }
            default -> {
                message.problems().add("type must be 'eof', 'resize' or 'signal'");
                message.throwIfInvalid();
            }
        }
    }

    /** Handles a message, and only then requests the next one. */
    private void take(Callback callback, Runnable action) {
        Session from = Objects.requireNonNull(session);
        try {
            action.run();
            callback.succeed();
            from.demand();
        } catch (HyperfleetException failure) {
            callback.succeed();
            refuse(from, failure);
            attachment.close();
        } catch (IllegalStateException closed) {
            callback.fail(closed); // the process has ended, or the server stops: the input is no longer needed
        }
    }

    @Override
    public void onWebSocketClose(int status, @Nullable String reason, Callback callback) {
        close();
        callback.succeed();
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        close();
    }
}
