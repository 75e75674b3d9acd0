package dev.hyperfleet.core;

import java.time.Instant;

/** Port: does things later. Nothing is taken back: what is due finds out whether it still has a reason. */
public interface Alarm {
    /** Does it at this time, or at once where that is over; on a thread that may block. */
    void at(Instant time, Runnable action);
}
