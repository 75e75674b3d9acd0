package dev.hyperfleet.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Shows progress to people when an operation takes longer than a second. */
final class Progress {
    private static final String[] FRAMES = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    private static final int FRAME_MILLISECONDS = 100;
    private static final int DELAY_MILLISECONDS = 1000;
    private static final String ERASE_LINE = "\r\u001b[K";

    private Progress() {}

    /** Runs it, with a spinner on standard error if that is a terminal. */
    static <T> T show(String what, Supplier<T> work) {
        if (!LocalTerminal.isThere()) {
            return work.get();
        }
        PrintStream terminal = System.err;
        long began = System.nanoTime();
        try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().factory())) {
            var spinner = timer.scheduleAtFixedRate(
                    () -> {
                        Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
                        String frame = FRAMES[(int) (elapsed.toMillis() / FRAME_MILLISECONDS % FRAMES.length)];
                        terminal.printf("%s%s %s (%d s)", ERASE_LINE, frame, what, elapsed.toSeconds());
                        terminal.flush();
                    },
                    DELAY_MILLISECONDS,
                    FRAME_MILLISECONDS,
                    TimeUnit.MILLISECONDS);
            try {
                return work.get();
            } finally {
                spinner.cancel(false);
                if (System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(DELAY_MILLISECONDS)) {
                    terminal.print(ERASE_LINE);
                }
            }
        }
    }
}
