package dev.hyperfleet.http;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKey;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.http.RefusalShares.Omission;
import dev.hyperfleet.http.RefusalShares.Source;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Records each request that changes something, or tries to, before it is answered. Only a limited number of refused
 * requests is recorded for each key ({@link RefusalShares}); a separate record counts the others. Safe for concurrent
 * use.
 */
final class AuditTrail implements AutoCloseable {
    private static final Set<HandlerType> READING = Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final String ATTRIBUTE = "hyperfleet.audit";
    private static final Pattern MACHINE = Pattern.compile("/machines/([a-z][a-z0-9]{11})(/.*)?");

    private final AuditLog log;
    private final boolean keysAreChecked;
    private final Clock clock;
    private final RefusalShares shares;

    AuditTrail(AuditLog log, boolean keysAreChecked, Clock clock, MonotonicClock time) {
        this.log = log;
        this.keysAreChecked = keysAreChecked;
        this.clock = clock;
        this.shares = new RefusalShares(time);
    }

    /** Records a request whose response is ready to be sent. */
    void record(Context context) {
        shares.ended().forEach(omission -> appendLater(entry(omission)));
        if (!READING.contains(context.method())) {
            write(context, context.statusCode());
        }
    }

    /** A handler for a request that opens a WebSocket, which {@link #opening} records. */
    Handler ofSocket(Handler handler) {
        return context -> {
            context.attribute(ATTRIBUTE, this);
            handler.handle(context);
        };
    }

    /** Records that a WebSocket is being opened: once it is open, no response is sent. */
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

    private void write(Context context, int status) {
        Optional<ApiKey> key = Caller.of(context);
        boolean isStranger = keysAreChecked && key.isEmpty();
        boolean isRefusal = isStranger || (status >= 400 && status < 500);
        if (isRefusal && !shares.take(Source.of(key))) {
            return;
        }
        AuditEntry entry = new AuditEntry(
                now(),
                key.map(ApiKey::id),
                key.map(ApiKey::name),
                Methods.name(context),
                route(context),
                machine(context),
                context.ip(),
                String.valueOf(context.res().getHeader(RequestIds.HEADER)),
                status,
                0);
        if (isStranger || status == TOO_MANY_REQUESTS) {
            appendLater(entry); // it has changed nothing, and must not delay others
        } else {
            append(entry);
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private AuditEntry entry(Omission omission) {
        Source source = omission.source();
        return AuditEntry.ofOmitted(now(), source.keyId(), source.keyName(), omission.count());
    }

    private void appendLater(AuditEntry entry) {
        log.appendLater(entry, failure -> RequestLog.notAudited(entry, failure));
    }

    /**
     * The effect cannot be undone, so the client gets the true response; the record goes to the server's log instead.
     */
    private void append(AuditEntry entry) {
        try {
            log.append(entry);
        } catch (HyperfleetException failure) {
            RequestLog.notAudited(entry, failure);
        }
    }

    /** Records omitted refusals that have not been reported yet. */
    @Override
    public void close() {
        shares.end().forEach(omission -> append(entry(omission)));
    }

    private static Optional<String> machine(Context context) {
        Matcher matcher = MACHINE.matcher(context.path());
        return matcher.matches() ? Optional.of(matcher.group(1)) : RequestLog.machine();
    }
}
