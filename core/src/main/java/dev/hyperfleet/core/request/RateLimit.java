package dev.hyperfleet.core.request;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many requests a second one client may make. A client that was quiet may make two seconds' worth at once. What it
 * remembers is bounded, however many clients there are. Safe for concurrent use.
 */
public final class RateLimit {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long BURST = 2 * SECOND;
    private static final int MAX_CLIENTS = 10_000;
    private static final int MAX_NAME = 64;

    /** Half of an IPv6 address: a client with one address usually has the whole /64. */
    private static final int NETWORK_BYTES = 8;

    /** When the client's requests until now would have ended, had they come evenly. */
    private final Map<String, AtomicLong> paidUntil = new ConcurrentHashMap<>();

    /** The same for all clients that there is no room for: they share one limit. */
    private final AtomicLong othersPaidUntil = new AtomicLong(System.nanoTime());

    private final AtomicLong nextCleanup = new AtomicLong(System.nanoTime());
    private final long interval;

    /**
     * A limit for each client.
     *
     * @param perSecond 0 for none
     */
    public RateLimit(int perSecond) {
        this.interval = perSecond == 0 ? 0 : SECOND / perSecond;
    }

    /** The name of a client that is known by its address alone: the address itself for IPv4, its /64 for IPv6. */
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
     * @throws HyperfleetException {@link ErrorCode#TOO_MANY_REQUESTS} where it is one too many; the next may come after a
     *     second
     */
    public void count(String client) {
        if (interval > 0 && !pay(client, System.nanoTime())) {
            throw new HyperfleetException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "More than %d requests a second. Try again when Retry-After says; HYPERFLEET_RATE_LIMIT sets the limit."
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

    /** Forgets those that have been quiet. At most once a second: it looks at all of them. */
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

    /** How many clients are remembered, the others together as none. */
    int size() {
        return paidUntil.size();
    }
}
