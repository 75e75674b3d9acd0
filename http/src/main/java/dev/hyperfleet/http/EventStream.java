package dev.hyperfleet.http;

import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Server-sent events (text/event-stream, WHATWG HTML 9.2) as a response. Writes block while the client does not read; a
 * disconnected client causes an IOException. For one thread.
 */
public final class EventStream {
    public static final String TYPE = "text/event-stream";

    /** The interval of keep-alives, so that no proxy closes the idle connection. */
    public static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final Context context;
    private final OutputStream output;

    /** Begins the response. */
    public EventStream(Context context) throws IOException {
        this.context = context;
        context.contentType(TYPE).header("Cache-Control", "no-store").header("X-Accel-Buffering", "no");
        output = context.res().getOutputStream();
        context.res().flushBuffer();
    }

    /** An event as it is sent; a client that reconnects sends its id. */
    public static byte[] frame(String id, String event, Object json) {
        return ("id: " + id + "\n" + frame(event, json)).getBytes(StandardCharsets.UTF_8);
    }

    /** Sends such an event. */
    public void send(String id, String event, Object json) throws IOException {
        send(List.of(frame(id, event, json)));
    }

    private static String frame(String event, Object json) {
        return "event: " + event + "\ndata: " + Json.MAPPER.writeValueAsString(json) + "\n\n";
    }

    /** Sends events and flushes. */
    public void send(List<byte[]> frames) throws IOException {
        for (byte[] frame : frames) {
            output.write(frame);
        }
        output.flush();
    }

    /** Sends an event without an id, from which a client cannot resume. */
    public void send(String event, Object json) throws IOException {
        send(frame(event, json));
    }

    /** A source of events; empty if there was none in time. */
    public interface Source<T> {
        Optional<T> next(Duration timeout);
    }

    /** Sends what is available, and returns whether more may follow. */
    public interface Sender<T> {
        boolean send(T next) throws IOException;
    }

    /**
     * Sends the events of a source until it ends, with heartbeats in between. A failure of the source is sent as the
     * last event.
     *
     * @param more called before each next event, whether there may be one
     */
    public <T> void sendAll(Source<T> source, BooleanSupplier more, Sender<T> sender) throws IOException {
        boolean goesOn = true;
        while (goesOn && more.getAsBoolean()) {
            Optional<T> next;
            try {
                next = source.next(HEARTBEAT);
            } catch (HyperfleetException failure) {
                send("error", Responses.errorJson(context, failure));
                return;
            }
            if (next.isPresent()) {
                goesOn = sender.send(next.get());
            } else {
                heartbeat();
            }
        }
    }

    public void heartbeat() throws IOException {
        send(":\n\n");
    }

    private void send(String text) throws IOException {
        send(List.of(text.getBytes(StandardCharsets.UTF_8)));
    }
}
