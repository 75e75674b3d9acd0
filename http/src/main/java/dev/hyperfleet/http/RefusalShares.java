package dev.hyperfleet.http;

import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Limits how many refused requests of each API key the audit log records in a minute (requests without a valid key
 * share one limit); further ones are only counted. So a flood of requests neither fills the disk nor pushes the records
 * of other clients out of the log. Safe for concurrent use.
 */
final class RefusalShares {
    static final int SHARE = 60;
    static final Duration WINDOW = Duration.ofMinutes(1);

    private final MonotonicClock clock;
    private final Map<Source, Integer> refused = new HashMap<>(); // guarded by this; at most one entry per key
    private volatile long windowBegan; // written while holding this

    /**
     * The sender of refused requests.
     *
     * @param keyId empty for all requests without a valid key
     * @param keyName the key's name
     */
    record Source(Optional<String> keyId, Optional<String> keyName) {
        static Source of(Optional<ApiKey> key) {
            return new Source(key.map(ApiKey::id), key.map(ApiKey::name));
        }
    }

    /** The number of refusals of one source that were not recorded in a window. */
    record Omission(Source source, long count) {}

    RefusalShares(MonotonicClock clock) {
        this.clock = clock;
        this.windowBegan = clock.nanoTime();
    }

    /** Whether to record another refusal of this source; otherwise it is counted. */
    synchronized boolean take(Source source) {
        return refused.merge(source, 1, Integer::sum) <= SHARE;
    }

    /** What was omitted in the last window, once it has ended; this begins a new window. */
    List<Omission> ended() {
        return clock.nanoTime() - windowBegan < WINDOW.toNanos() ? List.of() : end();
    }

    /** Ends the window now, and returns what was omitted in it. */
    synchronized List<Omission> end() {
        List<Omission> omitted = new ArrayList<>();
        refused.forEach((source, count) -> {
            if (count > SHARE) {
                omitted.add(new Omission(source, count - SHARE));
            }
        });
        refused.clear();
        windowBegan = clock.nanoTime();
        return omitted;
    }
}
