package dev.hyperfleet.server;

import java.util.Arrays;

/** What a user is told of a fault in Hyperfleet: one sentence, by which its place is found. A stack is for a log. */
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
