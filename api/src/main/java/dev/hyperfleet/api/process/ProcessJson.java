package dev.hyperfleet.api.process;

import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.TerminalSize;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A process as sent to clients. Fields without a value are null. */
record ProcessJson(
        String id,
        long pid,
        String status,
        List<String> command,
        @Nullable String cwd,
        @Nullable String user,
        String stdin,
        @Nullable TerminalJson tty,
        @Nullable Long timeout,
        @Nullable String tag,
        boolean detach,
        boolean background,
        Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable Integer exitCode,
        @Nullable String signal,
        @Nullable Boolean timedOut,
        @Nullable Long durationMs,
        long cpuMs,
        long memoryBytes,
        long memoryPeakBytes,
        OffsetsJson output,
        int attached) {
    /** A terminal's size. */
    record TerminalJson(int rows, int cols) {}

    /** The output that is available: from the first byte to before the next. */
    record OffsetsJson(long first, long next) {}

    static ProcessJson of(GuestProcess process) {
        Optional<GuestProcess.Ending> ending = process.ending();
        @Nullable TerminalSize size = process.terminal().orElse(null);
        return new ProcessJson(
                process.id(),
                process.pid(),
                ending.isPresent() ? "exited" : "running",
                process.command(),
                process.directory().orElse(null),
                process.user().orElse(null),
                text(process.input()),
                size == null ? null : new TerminalJson(size.rows(), size.columns()),
                process.timeout().map(Duration::toSeconds).orElse(null),
                process.tag().orElse(null),
                !process.attached(),
                process.background(),
                process.startedAt(),
                ending.map(GuestProcess.Ending::at).orElse(null),
                ending.map(GuestProcess.Ending::exitCode).orElse(null),
                ending.flatMap(GuestProcess.Ending::signal).map(Signals::name).orElse(null),
                ending.map(GuestProcess.Ending::timedOut).orElse(null),
                ending.map(it -> it.duration().toMillis()).orElse(null),
                process.cpu().toMillis(),
                process.memoryBytes(),
                process.memoryPeakBytes(),
                new OffsetsJson(process.outputFirst(), process.outputNext()),
                process.clients());
    }

    static String text(ProcessSpec.Input input) {
        return input.name().toLowerCase(Locale.ROOT);
    }
}
