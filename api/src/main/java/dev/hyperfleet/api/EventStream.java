package dev.hyperfleet.api;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Server-sent events (text/event-stream, WHATWG HTML 9.2) as an answer. The thread that writes waits while
 * the client does not take what was written; one that has gone is an IOException. For one thread.
 */
final class EventStream {
    static final String TYPE = "text/event-stream";

    /** So often something is sent where nothing happens, so that nobody in between takes the connection for dead. */
    static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final OutputStream output;

    /** Begins the answer. */
    EventStream(Context context) throws IOException {
        context.contentType(TYPE).header("Cache-Control", "no-store").header("X-Accel-Buffering", "no");
        output = context.res().getOutputStream();
        context.res().flushBuffer();
    }

    /** Sends an event; a client that connects again says its id. */
    void send(String id, String event, Object json) throws IOException {
        send("id: " + id + "\nevent: " + event + "\ndata: " + Json.MAPPER.writeValueAsString(json) + "\n\n");
    }

    /** Sends an event that is not to be gone on from. */
    void send(String event, Object json) throws IOException {
        send("event: " + event + "\ndata: " + Json.MAPPER.writeValueAsString(json) + "\n\n");
    }

    void heartbeat() throws IOException {
        send(":\n\n");
    }

    private void send(String text) throws IOException {
        output.write(text.getBytes(StandardCharsets.UTF_8));
        output.flush();
    }
}
