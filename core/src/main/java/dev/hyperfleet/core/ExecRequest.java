package dev.hyperfleet.core;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A command to run in a guest.
 *
 * @param command program and arguments
 * @param timeout 1 s to 1 h; then its process group is killed
 * @param environment over the default environment
 * @param directory working directory; the user's home where empty
 * @param user name or number; root where empty
 * @param stdin what it reads, followed by end of file
 */
public record ExecRequest(
        List<String> command,
        Duration timeout,
        Map<String, String> environment,
        Optional<String> directory,
        Optional<String> user,
        byte[] stdin) {
    public static final Duration MAX_TIMEOUT = Duration.ofHours(1);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);
}
