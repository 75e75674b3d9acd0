package dev.hyperfleet.core.guest;

import java.time.Duration;

/**
 * How a command has ended.
 *
 * @param exitCode 128 + n where signal n ended it
 * @param truncated whether more was printed than is kept (1 MiB a stream)
 */
public record ExecResult(
        int exitCode, byte[] stdout, byte[] stderr, boolean timedOut, boolean truncated, Duration duration) {
    /** What is kept of each stream. */
    public static final int OUTPUT_LIMIT_BYTES = 1 << 20;
}
