package dev.hyperfleet.core.guest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process to start in a guest.
 *
 * @param command program and arguments
 * @param environment added to the default environment
 * @param directory working directory; if empty, the user's home
 * @param user name or number; if empty, root
 * @param input what it reads on its standard input
 * @param data what it reads with {@link Input#DATA}, followed by end of file
 * @param terminal gives it a terminal in place of pipes
 * @param timeout after which it is killed with all its descendants; if empty, never
 * @param tag the user's label; not unique
 * @param attached whether it gets SIGHUP after half a minute without an attached client
 * @param background whether the machine may fall asleep while it runs
 */
public record ProcessSpec(
        List<String> command,
        Map<String, String> environment,
        Optional<String> directory,
        Optional<String> user,
        Input input,
        byte[] data,
        Optional<TerminalSize> terminal,
        Optional<Duration> timeout,
        Optional<String> tag,
        boolean attached,
        boolean background) {
    public static final Duration MAX_EXEC_TIMEOUT = Duration.ofHours(1);
    public static final Duration DEFAULT_EXEC_TIMEOUT = Duration.ofSeconds(30);
    public static final Duration MAX_TIMEOUT = Duration.ofDays(365);

    /** A command run as the guest's root, without input, with this timeout. */
    public static ProcessSpec command(Duration timeout, String... command) {
        return plain(timeout, List.of(command), false);
    }

    /** The same, and the machine may fall asleep meanwhile. */
    public static ProcessSpec background(Duration timeout, List<String> command) {
        return plain(timeout, command, true);
    }

    private static ProcessSpec plain(Duration timeout, List<String> command, boolean background) {
        return new ProcessSpec(
                command,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Input.NONE,
                new byte[0],
                Optional.empty(),
                Optional.of(timeout),
                Optional.empty(),
                false,
                background);
    }

    /** What a process reads on its standard input. */
    public enum Input {
        /** End of file at once. */
        NONE,
        /** Data given at the start. */
        DATA,
        /** The input of attached clients. */
        OPEN
    }
}
