package dev.hyperfleet.core.host;

import dev.hyperfleet.core.MachineId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Port: the consoles of guests. Their output is kept, within bounds, while the machine exists. */
public interface ConsoleLogs {
    /**
     * Begins to read.
     *
     * @param tail maximum number of lines from the end; if empty, all
     * @param since only output written at this time or later, to within a second
     * @param follow whether the reader will wait for more
     */
    Reader open(MachineId id, OptionalInt tail, Optional<Instant> since, boolean follow);

    /** Reads one console. For one thread; any may close it. */
    interface Reader extends AutoCloseable {
        /** The available output, at most 64 KiB; empty if there is none. */
        byte[] read();

        /** The result of a wait. */
        enum Wait {
            MORE,
            NOTHING,
            /** The machine is gone, or the reader does not follow. */
            OVER
        }

        /** Waits until there may be more to read, or the timeout. */
        Wait await(Duration timeout);

        @Override
        void close();
    }
}
