package dev.hyperfleet.api;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The answers that go on until somebody ends them. When the server stops they are ended, so that their
 * clients can come to the next server. Safe for concurrent use.
 */
final class OpenStreams {
    private final Set<Runnable> endings = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Something that ends when this is closed. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Registers a stream with what ends it, until the registration is closed. */
    Registration add(Runnable ending) {
        endings.add(ending);
        if (closed) {
            endings.remove(ending);
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping; try again in a moment");
        }
        return () -> endings.remove(ending);
    }

    /** Ends all, and those that begin from now on. */
    void close() {
        closed = true;
        endings.forEach(Runnable::run);
    }
}
