package dev.hyperfleet.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Times as stored in the database: whole microseconds since 1970. */
final class Times {
    private Times() {}

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
