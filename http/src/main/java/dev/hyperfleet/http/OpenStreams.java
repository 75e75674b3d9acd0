package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open-ended responses. When the server stops it ends them, so that their clients can reconnect to the next server.
 * Safe for concurrent use.
 */
public final class OpenStreams {
    private final Set<Runnable> endings = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** A stream that ends when this is closed. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Registers how to end a stream, until the registration is closed. */
    public Registration add(Runnable ending) {
        endings.add(ending);
        if (closed) {
            endings.remove(ending);
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping; try again in a moment");
        }
        return () -> endings.remove(ending);
    }

    /** Ends all streams, and those that begin from now on. */
    public void close() {
        closed = true;
        endings.forEach(Runnable::run);
    }
}
