package dev.hyperfleet.core.control;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Machine;
import java.time.Duration;

/** Error messages for a machine's port that cannot be reached, for every kind of connection. */
public final class PortFailures {
    private PortFailures() {}

    /**
     * The same failure with the port, the machine, and the timeout.
     *
     * @param timeout how long the port had to answer
     */
    public static HyperfleetException of(HyperfleetException failure, Machine machine, int port, Duration timeout) {
        String name = machine.spec().name();
        return switch (failure.code()) {
            case PORT_CLOSED ->
                new HyperfleetException(
                        failure.code(), "Nothing listens on port %d of machine '%s'".formatted(port, name), failure);
            case TIMEOUT ->
                new HyperfleetException(
                        failure.code(),
                        "Port %d of machine '%s' has not answered within %s".formatted(port, name, text(timeout)),
                        failure);
            default -> failure;
        };
    }

    private static String text(Duration duration) {
        return duration.compareTo(Duration.ofSeconds(1)) < 0
                ? duration.toMillis() + " ms"
                : duration.toSeconds() + " s";
    }
}
