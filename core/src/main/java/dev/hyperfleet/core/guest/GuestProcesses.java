package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.List;

/**
 * Processes in one guest. What the guest refuses is a {@link HyperfleetException} of {@link
 * ErrorCode#BAD_REQUEST}; a process that is not known, of {@link ErrorCode#NOT_FOUND}.
 */
public interface GuestProcesses {
    /** Starts a process, which goes on by itself. */
    GuestProcess start(ProcessSpec spec);

    /** Starts a process and attaches to it. */
    Attachment run(ProcessSpec spec, ReadOptions options);

    Attachment attach(String id, ReadOptions options);

    /** Those that run, and the last ones that have ended, newest first. */
    List<GuestProcess> list();

    GuestProcess get(String id);

    /** Sends a signal, 1 to 64, to its group; nothing happens to one that has ended. */
    GuestProcess signal(String id, int signal);

    GuestProcess resize(String id, TerminalSize size);

    /** Kills it and all that it has started. */
    GuestProcess kill(String id);
}
