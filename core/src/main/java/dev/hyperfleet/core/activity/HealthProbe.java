package dev.hyperfleet.core.activity;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.SafeText;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.ExecResult;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.Machine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Runs health checks. Safe for concurrent use; calls block, for no longer than the check's timeout. */
final class HealthProbe {
    private static final Pattern GOOD = Pattern.compile("HTTP/1\\.[01] [23][0-9]{2}( .*)?");
    private static final int MAX_LINE_BYTES = 200;

    private final Machines machines;
    private final MonotonicClock time;

    /**
     * The result of one attempt.
     *
     * @param output the reason in one line, without control characters
     */
    record Finding(boolean success, String output) {
        Finding {
            output = SafeText.line(output.strip());
        }
    }

    HealthProbe(Machines machines, MonotonicClock time) {
        this.machines = machines;
        this.time = time;
    }

    /**
     * Runs a check once.
     *
     * @param guest empty if the machine has no agent
     */
    Finding attempt(Machine machine, HealthCheck check, Optional<Guest> guest) {
        try {
            return switch (check.kind()) {
                case TCP -> connect(machine, check);
                case HTTP -> request(machine, check);
                case EXEC -> execute(check, guest);
            };
        } catch (HyperfleetException | IOException failure) {
            return new Finding(false, String.valueOf(failure.getMessage()));
        }
    }

    private Finding connect(Machine machine, HealthCheck check) {
        machines.connect(machine, check.port().orElseThrow(), check.timeout()).close();
        return new Finding(true, "connected");
    }

    private Finding request(Machine machine, HealthCheck check) throws IOException {
        byte[] request =
                "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: hyperfleet-check\r\nConnection: close\r\n\r\n"
                        .formatted(check.path().orElse("/"))
                        .getBytes(StandardCharsets.US_ASCII);
        try (PortConnection connection = machines.connect(machine, check.port().orElseThrow(), check.timeout())) {
            connection.write(request, 0, request.length);
            String status = readLine(connection, check.timeout());
            return new Finding(GOOD.matcher(status).matches(), status);
        }
    }

    /** The first line. */
    private String readLine(PortConnection connection, Duration timeout) throws IOException {
        byte[] bytes = new byte[MAX_LINE_BYTES];
        long deadline = time.nanoTime() + timeout.toNanos();
        int length = 0;
        while (length < bytes.length) {
            Duration left = Duration.ofNanos(Math.max(1, deadline - time.nanoTime()));
            int count = connection.read(bytes, length, bytes.length - length, left);
            if (count < 0) {
                break;
            }
            length += count;
            String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            if (text.indexOf('\n') >= 0) {
                return text.substring(0, text.indexOf('\n')).strip();
            }
        }
        return "not HTTP";
    }

    /** In the background: a check does not keep its machine awake. */
    private static Finding execute(HealthCheck check, Optional<Guest> guest) {
        if (guest.isEmpty()) {
            return new Finding(false, "the machine has no agent that could run a command");
        }
        ProcessSpec spec = ProcessSpec.background(check.timeout(), check.command());
        ExecResult result = Exec.run(guest.get().processes(), spec);
        byte[] printed = result.stdout().length > 0 ? result.stdout() : result.stderr();
        String output = new String(printed, 0, Math.min(printed.length, MAX_LINE_BYTES), StandardCharsets.UTF_8);
        String how = result.timedOut() ? "timed out" : "exit status " + result.exitCode();
        return new Finding(
                result.exitCode() == 0 && !result.timedOut(), output.isBlank() ? how : how + ": " + output.strip());
    }
}
