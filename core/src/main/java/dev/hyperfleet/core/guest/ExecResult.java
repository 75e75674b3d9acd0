package dev.hyperfleet.core.guest;

import java.time.Duration;

/**
 * The result of a command.
 *
 * @param exitCode 128 + n if signal n ended it
 * @param truncated whether more was printed than is kept (1 MiB per stream)
 */
public record ExecResult(
        int exitCode, byte[] stdout, byte[] stderr, boolean timedOut, boolean truncated, Duration duration) {
    /** The maximum bytes kept of each stream. */
    public static final int OUTPUT_LIMIT_BYTES = 1 << 20;
}
