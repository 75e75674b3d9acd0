package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The responses that continue until they are ended. When the server stops they are ended, so that their
 * clients can come to the next server. Safe for concurrent use.
 */
public final class OpenStreams {
    private final Set<Runnable> endings = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Something that ends when this is closed. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Registers a stream with what ends it, until the registration is closed. */
    public Registration add(Runnable ending) {
        endings.add(ending);
        if (closed) {
            endings.remove(ending);
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping; try again in a moment");
        }
        return () -> endings.remove(ending);
    }

    /** Ends all, and those that begin from now on. */
    public void close() {
        closed = true;
        endings.forEach(Runnable::run);
    }
}
