package dev.hyperfleet.core.request;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Limits the requests per second of each client, with bursts of two seconds' worth. Its memory is bounded, however many
 * clients there are. Safe for concurrent use.
 */
public final class RateLimit {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long BURST = 2 * SECOND;
    private static final int MAX_CLIENTS = 10_000;
    private static final int MAX_NAME = 64;

    /** Half of an IPv6 address: a client with one address usually has the whole /64. */
    private static final int NETWORK_BYTES = 8;

    /** When the client's requests so far would have ended at a constant rate. */
    private final Map<String, AtomicLong> paidUntil = new ConcurrentHashMap<>();

    /** The same for all clients that do not fit into the table: they share one limit. */
    private final AtomicLong othersPaidUntil;

    private final AtomicLong nextCleanup;
    private final MonotonicClock time;
    private final long interval;

    /**
     * A limit for each client.
     *
     * @param perSecond 0 for none
     */
    public RateLimit(int perSecond, MonotonicClock time) {
        this.time = time;
        this.othersPaidUntil = new AtomicLong(time.nanoTime());
        this.nextCleanup = new AtomicLong(time.nanoTime());
        this.interval = perSecond == 0 ? 0 : SECOND / perSecond;
    }

    /** The name of a client that is only known by its address: the address itself for IPv4, its /64 for IPv6. */
    public static String clientAt(String address) {
        try {
            InetAddress parsed = InetAddress.ofLiteral(address);
            return parsed instanceof Inet6Address
                    ? HexFormat.of().formatHex(parsed.getAddress(), 0, NETWORK_BYTES) + "::/64"
                    : parsed.getHostAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return Excerpt.of(address, MAX_NAME);
        }
    }

    /**
     * Counts a request.
     *
     * @throws HyperfleetException {@link ErrorCode#TOO_MANY_REQUESTS} if it exceeds the limit; the client may retry
     * after a second
     */
    public void count(String client) {
        if (interval > 0 && !pay(client, time.nanoTime())) {
            throw new HyperfleetException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    ("More than %d requests per second. Retry after the time in Retry-After; HYPERFLEET_RATE_LIMIT "
                                    + "sets the limit.")
                            .formatted(SECOND / interval));
        }
    }

    private AtomicLong of(String client, long now) {
        @Nullable AtomicLong known = paidUntil.get(client);
        if (known != null) {
            return known;
        }
        if (paidUntil.size() >= MAX_CLIENTS && !makeRoom(now)) {
            return othersPaidUntil;
        }
        return paidUntil.computeIfAbsent(client, _ -> new AtomicLong(now));
    }

    /** Forgets idle clients. At most once a second, since it examines all of them. */
    private boolean makeRoom(long now) {
        long next = nextCleanup.get();
        if (now - next < 0 || !nextCleanup.compareAndSet(next, now + SECOND)) {
            return false;
        }
        paidUntil.values().removeIf(other -> other.get() - now < 0);
        return paidUntil.size() < MAX_CLIENTS;
    }

    private boolean pay(String client, long now) {
        AtomicLong until = of(client, now);
        while (true) {
            long paid = until.get();
            long from = paid - now < 0 ? now : paid;
            if (from - now > BURST - interval) {
                return false;
            }
            if (until.compareAndSet(paid, from + interval)) {
                return true;
            }
        }
    }

    /** The number of tracked clients, not counting those that share a limit. */
    int size() {
        return paidUntil.size();
    }
}
