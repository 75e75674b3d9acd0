package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.guest.GuestPath;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Values of the protocol. The agent is not trusted: impossible values are clamped. */
final class Messages {
    /** Far beyond any time of a guest: the year 9999. */
    private static final long LAST_MILLISECOND = 253_402_300_799_999L;

    private Messages() {}

    /** An amount that is not negative. */
    static long amount(long unsigned) {
        return Math.max(0, unsigned);
    }

    static int count(int unsigned) {
        return Math.max(0, unsigned);
    }

    static Duration duration(long milliseconds) {
        return Duration.ofMillis(Math.clamp(milliseconds, 0, LAST_MILLISECOND));
    }

    static Instant instant(long milliseconds) {
        return Instant.ofEpochMilli(Math.clamp(milliseconds, 0, LAST_MILLISECOND));
    }

    static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }

    static Instant instantOfMicros(long micros) {
        long bounded = Math.clamp(micros, -LAST_MILLISECOND * 1000, LAST_MILLISECOND * 1000);
        return Instant.EPOCH.plus(bounded, ChronoUnit.MICROS);
    }

    static Optional<String> text(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    static ByteString bytes(GuestPath path) {
        return ByteString.copyFrom(path.bytes());
    }

    static GuestPath path(ByteString bytes) {
        return new GuestPath(bytes.toByteArray());
    }
}
