package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import jakarta.servlet.ServletRequest;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the unread responses in memory, in total and for each caller: a client that sends requests without reading the
 * responses would otherwise fill the server's memory. Safe for concurrent use.
 */
public final class ResponseMemory {
    private static final String ATTRIBUTE = "hyperfleet.answer";

    /** Smaller responses are not counted: a connection costs as much. */
    private static final int SMALL = 4 << 10;

    private final long perCaller;
    private final long total;
    private final AtomicLong held = new AtomicLong();
    private final Map<String, Long> heldByCaller = new ConcurrentHashMap<>();

    /** Limits in bytes. */
    public ResponseMemory(long perCaller, long total) {
        this.perCaller = perCaller;
        this.total = total;
    }

    /** A quarter of the heap in total, and half of that for one caller. */
    public static ResponseMemory ofHeap() {
        long all = Runtime.getRuntime().maxMemory() / 4;
        return new ResponseMemory(all / 2, all);
    }

    /** The share of a request, which is released when its response has been sent. */
    public Share share(Context context) {
        @Nullable Share before = context.attribute(ATTRIBUTE);
        if (before != null) {
            return before;
        }
        Share share = new Share(Caller.name(context));
        context.attribute(ATTRIBUTE, share);
        return share;
    }

    /** Releases the request's share. */
    public static void release(ServletRequest request) {
        Optional.ofNullable((Share) request.getAttribute(ATTRIBUTE)).ifPresent(Share::release);
    }

    /** Counts a response that is ready to be sent. */
    public Handler counting() {
        return context -> {
            @Nullable InputStream answer = context.resultInputStream();
            int size = answer == null ? 0 : answer.available();
            if (size > SMALL) {
                share(context).growTo(size);
            }
        };
    }

    /** The bytes that one request holds. For one thread. */
    public final class Share {
        private final String caller;
        private long bytes;

        Share(String caller) {
            this.caller = caller;
        }

        /**
         * Reserves more.
         *
         * @throws HyperfleetException {@link ErrorCode#TOO_MANY_REQUESTS} if the caller's limit is exceeded, {@link
         * ErrorCode#UNAVAILABLE} if the total is
         */
        public void take(long more) {
            long ofCaller = heldByCaller.merge(caller, more, Long::sum);
            long all = held.addAndGet(more);
            bytes += more;
            if (ofCaller > perCaller || all > total) {
                release();
                boolean own = ofCaller > perCaller;
                throw new HyperfleetException(
                        own ? ErrorCode.TOO_MANY_REQUESTS : ErrorCode.UNAVAILABLE,
                        ("%s unread responses fill %d MiB, the maximum. Read them, then try again; a process's "
                                        + "output can be streamed instead.")
                                .formatted(own ? "Your" : "All clients'", (own ? perCaller : total) >> 20));
            }
        }

        public void growTo(long size) {
            if (size > bytes) {
                take(size - bytes);
            }
        }

        public void release() {
            held.addAndGet(-bytes);
            long before = bytes;
            heldByCaller.computeIfPresent(caller, (_, sum) -> sum == before ? null : sum - before);
            bytes = 0;
        }
    }
}
