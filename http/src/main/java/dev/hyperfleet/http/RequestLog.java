package dev.hyperfleet.http;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.request.Cause;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.event.Level;

/**
 * Gives every request an id, which is in its response and in all its log lines, and logs its end.
 */
public final class RequestLog {
    private static final Logger LOG = LoggerFactory.getLogger("http");
    private static final String REQUEST_ID = "request_id";
    private static final String MACHINE_ID = "machine_id";
    private static final String KEY = "key";
    private static final String BEGAN = "hyperfleet.began";

    private RequestLog() {}

    /** Uses the client's id if it is well formed. */
    static void begin(Context context) {
        String id = RequestIds.of(context.header(RequestIds.HEADER));
        context.attribute(BEGAN, System.nanoTime());
        context.attribute(REQUEST_ID, id);
        context.header(RequestIds.HEADER, id);
        MDC.put(REQUEST_ID, id);
    }

    /** The id of this request. */
    static String id(Context context) {
        return Optional.<String>ofNullable(context.attribute(REQUEST_ID)).orElse("");
    }

    /** The cause of the request's effects. */
    static Cause cause(Context context) {
        Optional<ApiKey> key = Caller.of(context);
        return new Cause(Optional.ofNullable(MDC.get(REQUEST_ID)), key.map(ApiKey::name), key.map(ApiKey::id));
    }

    public static void nameMachine(MachineId id) {
        MDC.put(MACHINE_ID, id.value());
    }

    /** The machine that was named. */
    static Optional<String> machine() {
        return Optional.ofNullable(MDC.get(MACHINE_ID));
    }

    static void nameKey(ApiKey key) {
        MDC.put(KEY, key.name());
    }

    /** Nanoseconds since the request began. */
    static long elapsed(Context context) {
        @Nullable Long began = context.attribute(BEGAN);
        return began == null ? 0 : System.nanoTime() - began;
    }

    static void end(Context context, String route) {
        int status = context.statusCode();
        LOG.atLevel(level(context.method(), status))
                .addKeyValue("method", Methods.name(context))
                .addKeyValue("route", route)
                .addKeyValue("status", status)
                .addKeyValue("duration_us", elapsed(context) / 1_000)
                .log("request");
        MDC.clear();
    }

    /** Successful reads change nothing, and would be most of the log; requests of a flood would be all of it. */
    private static Level level(HandlerType method, int status) {
        if (status == 429) {
            return Level.DEBUG;
        }
        if (status == 500 || status == 507) { // the others of 5xx are about a guest, a wait, or our shutdown
            return Level.WARN;
        }
        boolean read = method.equals(HandlerType.GET) || method.equals(HandlerType.HEAD);
        return read && status < 400 ? Level.DEBUG : Level.INFO;
    }

    /** The client disconnected, or was too slow, while its input was being discarded. */
    static void clientGone(IOException reason) {
        LOG.atDebug().setCause(reason).log("a refused client did not send its complete request");
    }

    /** A record that could not be written to the audit log. */
    static void notAudited(AuditEntry entry, HyperfleetException reason) {
        LOG.atError()
                .addKeyValue("method", entry.method())
                .addKeyValue("route", entry.route())
                .addKeyValue("status", entry.status())
                .addKeyValue("client", entry.client())
                .addKeyValue("of_key", entry.keyName().orElse(""))
                .addKeyValue("of_machine", entry.machine().orElse(""))
                .addKeyValue("of_request", entry.requestId())
                .setCause(reason)
                .log("a request is not in the audit log");
    }

    /** A response was cut off: its client has disconnected, or its guest has failed. */
    static void brokenOff(Context context, IOException reason) {
        LOG.atDebug().addKeyValue("path", context.path()).setCause(reason).log("a response was cut off");
    }

    /** An internal error: the client gets the request's id, and the log gets the details. */
    static void fault(Context context, Exception fault) {
        LOG.atError()
                .addKeyValue("method", Methods.name(context))
                .addKeyValue("path", context.path())
                .setCause(fault)
                .log("a request failed with an internal error");
    }
}
