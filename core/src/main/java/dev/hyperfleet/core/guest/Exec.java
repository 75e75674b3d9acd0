package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.IntConsumer;

/** Runs a command to its end, and keeps the beginning of its output. */
public final class Exec {
    /** The extra time for a response beyond the requested timeout; an emulated guest under load is slow. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final ReadOptions OPTIONS =
            new ReadOptions(OptionalLong.of(0), true, true, ExecResult.OUTPUT_LIMIT_BYTES);

    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private long seen;

    private final IntConsumer keeping;

    private Exec(IntConsumer keeping) {
        this.keeping = keeping;
    }

    /**
     * Runs a command.
     *
     * @param spec has a timeout, which the agent enforces
     */
    public static ExecResult run(GuestProcesses processes, ProcessSpec spec) {
        return run(processes, spec, _ -> {});
    }

    /**
     * The same, with a callback for the output that is kept.
     *
     * @param keeping called with the number of bytes of output before they are kept; if it throws, the command
     * continues without a listener
     */
    public static ExecResult run(GuestProcesses processes, ProcessSpec spec, IntConsumer keeping) {
        Duration patience = spec.timeout().orElseThrow().plus(PATIENCE);
        try (Attachment attachment = processes.run(spec, OPTIONS)) {
            return new Exec(keeping).collect(attachment, System.nanoTime() + patience.toNanos());
        }
    }

    private ExecResult collect(Attachment attachment, long deadline) {
        while (true) {
            ProcessOutput output = attachment
                    .next(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))
                    .orElseThrow(() -> new HyperfleetException(
                            ErrorCode.GUEST_ERROR, "The agent has not reported the command's end in time"));
            switch (output) {
                case ProcessOutput.Piece piece -> keep(piece);
                case ProcessOutput.Gap _ ->
                    throw new HyperfleetException(
                            ErrorCode.GUEST_ERROR, "The agent has lost output that it should have held");
                case ProcessOutput.End(GuestProcess process) -> {
                    return result(process);
                }
            }
        }
    }

    private void keep(ProcessOutput.Piece piece) {
        ByteArrayOutputStream kept = piece.stream() == ProcessOutput.Stream.STDOUT ? stdout : stderr;
        if (piece.data().length > ExecResult.OUTPUT_LIMIT_BYTES - kept.size()) {
            throw new HyperfleetException(ErrorCode.GUEST_ERROR, "The agent has sent more than was requested");
        }
        keeping.accept(piece.data().length);
        kept.writeBytes(piece.data());
        seen += piece.data().length;
    }

    private ExecResult result(GuestProcess process) {
        GuestProcess.Ending ending = process.ending()
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.GUEST_ERROR, "The agent has reported an end without an exit code"));
        return new ExecResult(
                ending.exitCode(),
                stdout.toByteArray(),
                stderr.toByteArray(),
                ending.timedOut(),
                process.outputNext() > seen,
                ending.duration());
    }
}
