package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;

/**
 * Processes in one guest. A refusal by the guest is a {@link HyperfleetException} with {@link ErrorCode#BAD_REQUEST};
 * an unknown process, with {@link ErrorCode#NOT_FOUND}.
 */
public interface GuestProcesses {
    /** Starts a process, which runs independently of the caller. */
    GuestProcess start(ProcessSpec spec);

    /** Starts a process and attaches to it. */
    Attachment run(ProcessSpec spec, ReadOptions options);

    Attachment attach(String id, ReadOptions options);

    /** Running processes, and the last ended ones, newest first. */
    List<GuestProcess> list();

    GuestProcess get(String id);

    /** Sends a signal, 1 to 64, to its group; no effect on an ended process. */
    GuestProcess signal(String id, int signal);

    GuestProcess resize(String id, TerminalSize size);

    /** Kills it and all its descendants. */
    GuestProcess kill(String id);
}
