package dev.hyperfleet.host;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;

/** Error messages for failures of the host. */
public final class HostErrors {
    private static final String DISK_FULL = "No space left on device";

    private HostErrors() {}

    public static HyperfleetException of(String operation, Path path, Exception cause) {
        if (isDiskFull(String.valueOf(cause.getMessage()))) {
            return diskFull(operation, path, cause);
        }
        String advice = cause instanceof AccessDeniedException
                ? "Check its owner and its permissions."
                : "Check the disk, and that nothing else changes this folder.";
        return new HyperfleetException(
                ErrorCode.INTERNAL_ERROR, "Cannot %s %s: %s. %s".formatted(operation, path, cause, advice), cause);
    }

    /** The same for the message of a failed program. */
    public static HyperfleetException of(String operation, Path path, String message) {
        return isDiskFull(message)
                ? diskFull(operation, path, null)
                : new HyperfleetException(
                        ErrorCode.INTERNAL_ERROR, "Cannot %s %s: %s".formatted(operation, path, message.strip()));
    }

    /** Whether this message of the system, or of a program, says that a disk is full. */
    public static boolean isDiskFull(String message) {
        return message.contains(DISK_FULL);
    }

    private static HyperfleetException diskFull(
            String operation, Path path, @org.jspecify.annotations.Nullable Exception cause) {
        String message = "Cannot %s %s: the disk is full. Free some space.".formatted(operation, path);
        return cause == null
                ? new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, message)
                : new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, message, cause);
    }
}
