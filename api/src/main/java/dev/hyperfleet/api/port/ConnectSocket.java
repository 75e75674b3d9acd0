package dev.hyperfleet.api.port;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.activity.MachinePorts.Visit;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.http.EventStream;
import dev.hyperfleet.http.OpenStreams;
import dev.hyperfleet.http.WebSocketRequests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket that carries a TCP connection to a port of a guest: binary messages are its bytes, the text message
 * "end" says that one side has closed its direction. Each side is read only as fast as the other accepts data. Public
 * only because Jetty calls it by reflection.
 */
public final class ConnectSocket implements Session.Listener {
    private static final int PIECE_BYTES = 32 << 10;
    private static final String END = "end";
    private static final ScheduledExecutorService HEARTBEATS = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("connect-heartbeats").factory());

    private final PortConnection guest;
    private final Visit visit;
    private final OpenStreams streams;
    private @Nullable Session session; // set before any message

    ConnectSocket(PortConnection guest, Visit visit, OpenStreams streams) {
        this.guest = guest;
        this.visit = visit;
        this.streams = streams;
    }

    @Override
    public void onWebSocketOpen(Session opened) {
        session = opened;
        Thread.ofVirtual().name("connect-output").start(() -> sendOutput(opened));
        opened.demand();
    }

    private void sendOutput(Session to) {
        byte[] bytes = new byte[PIECE_BYTES];
        Future<?> heartbeat = beginHeartbeat(to);
        try (OpenStreams.Registration _ = streams.add(() -> goAway(to))) {
            int count = guest.read(bytes, 0, bytes.length, PortConnection.FOREVER);
            while (count >= 0) {
                ByteBuffer piece = ByteBuffer.wrap(bytes, 0, count);
                WebSocketRequests.send(callback -> to.sendBinary(piece, callback));
                count = guest.read(bytes, 0, bytes.length, PortConnection.FOREVER);
            }
            WebSocketRequests.send(callback -> to.sendText(END, callback));
        } catch (IOException broken) {
            to.close(StatusCode.SERVER_ERROR, "the connection was lost", Callback.NOOP);
        } catch (HyperfleetException stopping) {
            goAway(to);
        } catch (CompletionException gone) {
            close();
        } finally {
            heartbeat.cancel(false);
        }
    }

    /** Pings reveal a client that has vanished; Jetty answers them. */
    private static Future<?> beginHeartbeat(Session to) {
        long pause = EventStream.HEARTBEAT.toMillis();
        return HEARTBEATS.scheduleWithFixedDelay(
                () -> to.sendPing(ByteBuffer.allocate(0), Callback.NOOP), pause, pause, TimeUnit.MILLISECONDS);
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        byte[] data = new byte[payload.remaining()];
        payload.get(data);
        take(callback, () -> guest.write(data, 0, data.length));
    }

    @Override
    public void onWebSocketText(String text) {
        Session from = Objects.requireNonNull(session);
        if (text.equals(END)) {
            take(Callback.NOOP, guest::endOutput);
        } else {
            from.close(StatusCode.BAD_DATA, "a text message must be 'end'", Callback.NOOP);
        }
    }

    private interface Writing {
        void run() throws IOException;
    }

    private void take(Callback callback, Writing writing) {
        Session from = Objects.requireNonNull(session);
        try {
            writing.run();
            callback.succeed();
            from.demand();
        } catch (IOException broken) {
            callback.succeed();
            from.close(StatusCode.SERVER_ERROR, "the connection was lost", Callback.NOOP);
        }
    }

    private void goAway(Session to) {
        to.close(StatusCode.SHUTDOWN, "the server is stopping", Callback.NOOP);
        close();
    }

    void close() {
        guest.close();
        visit.close();
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
