package dev.hyperfleet.core.guest;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A process that was started in a guest, as its agent reports it. Times are by the guest's clock.
 *
 * @param id unique in the machine, as long as it runs
 * @param pid its process id in the guest
 * @param command the beginning of its command
 * @param ending how it ended; empty while it runs
 * @param cpu time, of it and all its descendants
 * @param memoryBytes likewise, now; 0 if the guest's kernel does not count it
 * @param outputFirst offset of the first available byte of its output
 * @param outputNext offset of the next byte that it prints
 * @param clients the number of attached clients
 */
public record GuestProcess(
        String id,
        long pid,
        List<String> command,
        Optional<String> directory,
        Optional<String> user,
        ProcessSpec.Input input,
        Optional<TerminalSize> terminal,
        Optional<Duration> timeout,
        Optional<String> tag,
        boolean attached,
        boolean background,
        Instant startedAt,
        Optional<Ending> ending,
        Duration cpu,
        long memoryBytes,
        long memoryPeakBytes,
        long outputFirst,
        long outputNext,
        int clients) {
    /**
     * How a process ended.
     *
     * @param exitCode 128 + n if signal n ended it
     * @param signal number of the signal that ended it
     * @param timedOut whether its timeout fired
     */
    public record Ending(int exitCode, Optional<Integer> signal, boolean timedOut, Instant at, Duration duration) {}
}
