package dev.hyperfleet.core;

import java.time.Instant;

/** Port: runs actions later. Actions cannot be cancelled: each checks whether it is still needed. */
public interface Alarm {
    /** Runs the action at this time, or at once if that has passed; on a thread that may block. */
    void at(Instant time, Runnable action);
}
