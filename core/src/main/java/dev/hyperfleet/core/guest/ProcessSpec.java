package dev.hyperfleet.core.guest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process to start in a guest.
 *
 * @param command program and arguments
 * @param environment over the default environment
 * @param directory working directory; the user's home where empty
 * @param user name or number; root where empty
 * @param input what it reads on its standard input
 * @param data what it reads with {@link Input#DATA}, followed by end of file
 * @param terminal gives it a terminal in place of pipes
 * @param timeout then it is killed with all that it has started; never where empty
 * @param tag what the user calls it; not unique
 * @param attached whether it gets SIGHUP when no client has been attached to it for half a minute
 * @param background whether the machine may go to sleep while it runs
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

    /** A command of the guest's root, without input, that may take so long. */
    public static ProcessSpec command(Duration timeout, String... command) {
        return plain(timeout, List.of(command), false);
    }

    /** The same, and the machine may go to sleep meanwhile. */
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
        /** The end of the file, at once. */
        NONE,
        /** What is known from the start. */
        DATA,
        /** What attached clients send. */
        OPEN
    }
}
