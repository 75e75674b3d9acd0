package dev.hyperfleet.api;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many requests a second one client may make: an API key, or an address that shows none. A client that was
 * quiet may make two seconds' worth at once. Safe for concurrent use.
 */
final class RateLimit {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long BURST = 2 * SECOND;
    private static final int MOST_CLIENTS = 10_000;

    /** When the client's requests until now would have ended, had they come evenly. */
    private final Map<String, AtomicLong> paidUntil = new ConcurrentHashMap<>();

    private final long interval;

    /**
     * A limit for each client.
     *
     * @param perSecond 0 for none
     */
    RateLimit(int perSecond) {
        this.interval = perSecond == 0 ? 0 : SECOND / perSecond;
    }

    /**
     * Counts a request.
     *
     * @throws HyperfleetException {@link ErrorCode#TOO_MANY_REQUESTS}; the answer says when to try again
     */
    void count(String client, Context context) {
        long wait = interval == 0 ? 0 : pay(client, System.nanoTime());
        if (wait > 0) {
            context.header("Retry-After", String.valueOf(Math.ceilDiv(wait, SECOND)));
            throw new HyperfleetException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "More than %d requests a second. Try again when Retry-After says; HYPERFLEET_RATE_LIMIT sets the limit."
                            .formatted(SECOND / interval));
        }
    }

    /** A newcomer makes room of those that have been quiet: for clients that are known it costs nothing. */
    private AtomicLong of(String client, long now) {
        @Nullable AtomicLong known = paidUntil.get(client);
        if (known != null) {
            return known;
        }
        if (paidUntil.size() >= MOST_CLIENTS) {
            paidUntil.values().removeIf(other -> other.get() - now < 0);
        }
        return paidUntil.computeIfAbsent(client, _ -> new AtomicLong(now));
    }

    /** Nanoseconds to wait; 0 where the request may pass, and is counted. */
    private long pay(String client, long now) {
        AtomicLong until = of(client, now);
        while (true) {
            long paid = until.get();
            long from = paid - now < 0 ? now : paid;
            if (from - now > BURST - interval) {
                return from - now - (BURST - interval);
            }
            if (until.compareAndSet(paid, from + interval)) {
                return 0;
            }
        }
    }
}
