package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.ProcessOutput.Piece;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * A process in a fake guest. Its programs are echo, false, cat, and sleep, which times out at once if it has a timeout.
 */
final class FakeProcess {
    private static final int SIGKILL = 9;
    private static final int SIGNALLED = 128;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final String id;
    private final long pid;
    private final ProcessSpec spec;
    private final Instant startedAt = Instant.now();
    private final List<Piece> output = new ArrayList<>();
    private Optional<TerminalSize> terminal;
    private Optional<GuestProcess.Ending> ending = Optional.empty();

    FakeProcess(String id, long pid, ProcessSpec spec) {
        this.id = id;
        this.pid = pid;
        this.spec = spec;
        this.terminal = spec.terminal();
        run(spec.command());
    }

    private void run(List<String> command) {
        switch (command.getFirst()) {
            case "echo" -> {
                String words = String.join(" ", command.subList(1, command.size())) + "\n";
                print(words.getBytes(StandardCharsets.UTF_8));
                exit(0);
            }
            case "false" -> exit(1);
            case "cat" -> {
                print(spec.data());
                if (spec.input() != ProcessSpec.Input.OPEN) {
                    exit(0);
                }
            }
            case "sleep" -> spec.timeout().ifPresent(_ -> end(SIGNALLED + SIGKILL, Optional.of(SIGKILL), true));
            default ->
                throw new HyperfleetException(
                        ErrorCode.BAD_REQUEST,
                        "program '%s' was not found in the machine".formatted(command.getFirst()));
        }
    }

    synchronized void print(byte[] data) {
        if (data.length > 0) {
            output.add(new Piece(ProcessOutput.Stream.STDOUT, printed(), data));
            notifyAll();
        }
    }

    private long printed() {
        return output.isEmpty() ? 0 : output.getLast().end();
    }

    void exit(int code) {
        end(code, Optional.empty(), false);
    }

    void signal(int signal) {
        end(SIGNALLED + signal, Optional.of(signal), false);
    }

    private synchronized void end(int code, Optional<Integer> signal, boolean timedOut) {
        if (ending.isEmpty()) {
            Instant now = Instant.now();
            ending =
                    Optional.of(new GuestProcess.Ending(code, signal, timedOut, now, Duration.between(startedAt, now)));
            notifyAll();
        }
    }

    synchronized void resize(TerminalSize size) {
        if (terminal.isEmpty()) {
            throw new HyperfleetException(ErrorCode.BAD_REQUEST, "process %s has no terminal".formatted(id));
        }
        terminal = Optional.of(size);
    }

    /** The output from an offset on; empty if there was none in time, or before its reader was closed. */
    synchronized Optional<ProcessOutput> from(long offset, boolean follow, long deadline, BooleanSupplier gone) {
        try {
            while (offset >= printed() && follow && ending.isEmpty()) {
                long left = (deadline - System.nanoTime()) / NANOS_PER_MILLI;
                if (left <= 0 || gone.getAsBoolean()) {
                    return Optional.empty();
                }
                wait(left);
            }
        } catch (InterruptedException interrupted) {
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "interrupted", interrupted);
        }
        return output.stream()
                .filter(piece -> piece.offset() >= offset)
                .<ProcessOutput>map(piece -> piece)
                .findFirst()
                .or(() -> Optional.of(new ProcessOutput.End(look())));
    }

    /** Ends the waits of closed readers. */
    synchronized void wake() {
        notifyAll();
    }

    synchronized GuestProcess look() {
        return new GuestProcess(
                id,
                pid,
                spec.command(),
                spec.directory(),
                spec.user(),
                spec.input(),
                terminal,
                spec.timeout(),
                spec.tag(),
                spec.attached(),
                spec.background(),
                startedAt,
                ending,
                Duration.ZERO,
                0,
                0,
                0,
                printed(),
                0);
    }
}
