package dev.hyperfleet.server;

import java.util.Arrays;

/** The message for a bug in Hyperfleet: one sentence that names its place in the code. Stack traces go to logs. */
final class FaultText {
    private static final String OURS = "dev.hyperfleet.";

    private FaultText() {}

    static String of(Throwable fault) {
        String place = Arrays.stream(fault.getStackTrace())
                .filter(frame -> frame.getClassName().startsWith(OURS))
                .findFirst()
                .map(frame -> " at %s:%d".formatted(frame.getFileName(), frame.getLineNumber()))
                .orElse("");
        return "This is a bug in Hyperfleet %s (%s%s). Please report it, with what you did."
                .formatted(Build.VERSION, fault.getClass().getSimpleName(), place);
    }
}
