package dev.hyperfleet.core.host;

import dev.hyperfleet.core.MachineId;
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
     * @param follow whether the reader will wait for more
     */
    Reader open(MachineId id, OptionalInt tail, Optional<Instant> since, boolean follow);

    /** Reads one console. For one thread; any may close it. */
    interface Reader extends AutoCloseable {
        /** What there is to read now, at most 64 KiB; nothing where that is all. */
        byte[] read();

        /** What has come of a wait. */
        enum Wait {
            MORE,
            NOTHING,
            /** The machine is gone, or was not to be followed. */
            OVER
        }

        /** Waits until there may be more to read, or the time is over. */
        Wait await(Duration timeout);

        @Override
        void close();
    }
}
