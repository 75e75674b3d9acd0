package dev.hyperfleet.core;

import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.ExecResult;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.guest.ProcessSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** Tries the health checks of the machines that run, each on a thread of its own. Safe for concurrent use. */
final class HealthWatch {
    private static final Pattern GOOD = Pattern.compile("HTTP/1\\.[01] [23][0-9]{2}( .*)?");
    private static final int MAX_LINE_BYTES = 200;

    private final Machines machines;
    private final Clock clock;
    private final Executor executor;
    private final Map<MachineId, Run> runs = new ConcurrentHashMap<>();

    private record Run(Machine machine, Health health, BooleanSupplier still, CompletableFuture<Boolean> over) {}

    private record Finding(boolean success, String output) {}

    HealthWatch(Machines machines, Clock clock, Executor executor) {
        this.machines = machines;
        this.clock = clock;
        this.executor = executor;
    }

    /** What its checks have found; none for a machine that does not run. */
    Optional<Health> of(MachineId id) {
        return Optional.ofNullable(runs.get(id)).map(Run::health);
    }

    /** What has become of a machine may be the end of its checks. */
    void on(MachineId id) {
        Run run = runs.get(id);
        if (run != null && !run.still().getAsBoolean() && runs.remove(id, run)) {
            run.over().complete(true);
        }
    }

    /**
     * Begins to check a machine that runs.
     *
     * @param still whether it runs on, with these checks
     */
    void watch(Machine machine, Guest guest, BooleanSupplier still) {
        List<HealthCheck> checks = machine.spec().automation().checks();
        Run run = new Run(machine, new Health(checks, clock), still, new CompletableFuture<>());
        Run before = runs.put(machine.id(), run);
        if (before != null) {
            before.over().complete(true);
        }
        for (int index = 0; index < checks.size(); index++) {
            int number = index;
            executor.execute(() -> repeat(run, number, checks.get(number), guest));
        }
        on(machine.id());
    }

    private void repeat(Run run, int index, HealthCheck check, Guest guest) {
        do {
            Finding finding = attempt(run.machine(), check, guest);
            boolean counts =
                    Duration.between(run.machine().updatedAt(), clock.instant()).compareTo(check.grace()) >= 0;
            run.health().note(index, finding.success(), finding.output(), counts);
        } while (!isOverWithin(run, check.interval()));
    }

    private static boolean isOverWithin(Run run, Duration interval) {
        try {
            return run.over().get(interval.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException goesOn) {
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("nobody fails it", impossible);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private Finding attempt(Machine machine, HealthCheck check, Guest guest) {
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

    /** The first line, without what may not be shown. */
    private static String readLine(PortConnection connection, Duration timeout) throws IOException {
        byte[] bytes = new byte[MAX_LINE_BYTES];
        long deadline = System.nanoTime() + timeout.toNanos();
        int length = 0;
        while (length < bytes.length) {
            Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
            int count = connection.read(bytes, length, bytes.length - length, left);
            if (count < 0) {
                break;
            }
            length += count;
            String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            if (text.indexOf('\n') >= 0) {
                return text.substring(0, text.indexOf('\n')).replaceAll("\\p{Cntrl}", "");
            }
        }
        return "no HTTP";
    }

    /** In the background: a check does not hold its machine awake. */
    private static Finding execute(HealthCheck check, Guest guest) {
        ProcessSpec spec = ProcessSpec.background(check.timeout(), check.command());
        ExecResult result = Exec.run(guest.processes(), spec);
        byte[] printed = result.stdout().length > 0 ? result.stdout() : result.stderr();
        String output = new String(printed, 0, Math.min(printed.length, MAX_LINE_BYTES), StandardCharsets.UTF_8);
        String how = result.timedOut() ? "timed out" : "exit status " + result.exitCode();
        return new Finding(
                result.exitCode() == 0 && !result.timedOut(),
                output.isBlank() ? how : how + ": " + output.strip().replaceAll("\\p{Cntrl}", " "));
    }
}
