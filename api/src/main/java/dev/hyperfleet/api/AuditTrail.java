package dev.hyperfleet.api;

import dev.hyperfleet.core.ApiKey;
import dev.hyperfleet.core.AuditEntry;
import dev.hyperfleet.core.AuditLog;
import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes down each request that wants to change something, before it is answered. Of those that come from nobody known, or
 * more often than they may, some are written down and the others counted: who floods the server must not fill its disk,
 * nor push out of the log what others have done.
 */
final class AuditTrail {
    private static final Set<HandlerType> READING = Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final String ATTRIBUTE = "hyperfleet.audit";
    private static final Pattern MACHINE = Pattern.compile("/machines/([a-z][a-z0-9]{11})(/.*)?");

    /** So many of the floods' records there may be in each minute. */
    private static final int FLOODS_SHARE = 60;

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final AuditLog log;
    private final boolean keysAreChecked;
    private final Clock clock;
    private final AtomicLong omitted = new AtomicLong();
    private long windowBegan = System.nanoTime(); // guarded by this, as shareLeft is
    private int shareLeft = FLOODS_SHARE;

    AuditTrail(AuditLog log, boolean keysAreChecked, Clock clock) {
        this.log = log;
        this.keysAreChecked = keysAreChecked;
        this.clock = clock;
    }

    /** Writes down a request whose answer is ready to be sent. */
    void record(Context context) {
        if (!READING.contains(context.method())) {
            write(context, context.statusCode());
        }
    }

    /** A handler for a request that opens a WebSocket, which {@link #opening} tells of. */
    Handler ofSocket(Handler handler) {
        return context -> {
            context.attribute(ATTRIBUTE, this);
            handler.handle(context);
        };
    }

    /** Writes down that a WebSocket is opened: when it is open, there is no other moment. */
    static void opening(Context context) {
        Optional<AuditTrail> trail = Optional.ofNullable(context.attribute(ATTRIBUTE));
        trail.ifPresent(log -> log.write(context, SWITCHING_PROTOCOLS));
    }

    /** The route of a request. */
    static String route(Context context) {
        return Optional.ofNullable(context.endpoints().matchedHttpEndpoint())
                .map(endpoint -> endpoint.path)
                .orElse("none");
    }

    /** One that cannot be written down is in the server's log. */
    private void write(Context context, int status) {
        Optional<ApiKey> key = Caller.of(context);
        boolean ofAFlood = (keysAreChecked && key.isEmpty()) || status == 429;
        if (ofAFlood && !takeShare()) {
            omitted.incrementAndGet();
            return;
        }
        AuditEntry entry = new AuditEntry(
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                key.map(ApiKey::id),
                key.map(ApiKey::name),
                context.method().toString(),
                route(context),
                machine(context),
                context.ip(),
                String.valueOf(context.res().getHeader(RequestLog.HEADER)),
                status,
                omitted.getAndSet(0));
        if (ofAFlood) {
            log.appendLater(entry, failure -> RequestLog.notAudited(entry, failure));
            return;
        }
        try {
            log.append(entry);
        } catch (HyperfleetException failure) {
            RequestLog.notAudited(entry, failure); // what it has done stays done, and its client is told the truth
        }
    }

    private synchronized boolean takeShare() {
        long now = System.nanoTime();
        if (now - windowBegan >= MINUTE) {
            windowBegan = now;
            shareLeft = FLOODS_SHARE;
        }
        if (shareLeft == 0) {
            return false;
        }
        shareLeft--;
        return true;
    }

    private static Optional<String> machine(Context context) {
        Matcher matcher = MACHINE.matcher(context.path());
        return matcher.matches() ? Optional.of(matcher.group(1)) : RequestLog.machine();
    }
}
