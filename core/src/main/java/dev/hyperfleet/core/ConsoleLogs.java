package dev.hyperfleet.core;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Port: what guests have written to their consoles. It is kept, within bounds, while the machine exists. */
public interface ConsoleLogs {
    /**
     * Begins to read.
     *
     * @param tail so many lines from the end; all where empty
     * @param since only what was written at this time or later, to within a second
     */
    Reader open(MachineId id, OptionalInt tail, Optional<Instant> since);

    /** Reads one console. For one thread; any may close it. */
    interface Reader extends AutoCloseable {
        /** What there is to read now, at most 64 KiB; nothing where that is all. */
        byte[] read();

        /** Waits until there is more to read, or the time is over; false when the machine is gone. */
        boolean await(Duration timeout);

        @Override
        void close();
    }
}
