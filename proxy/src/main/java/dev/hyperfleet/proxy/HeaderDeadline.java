package dev.hyperfleet.proxy;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.CyclicTimeout;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A request's head must be complete in time, however slowly its bytes arrive: Jetty's own timeout restarts with each
 * byte. The time counts from the opening of a connection, and from the end of each response on it.
 */
final class HeaderDeadline implements Connection.Listener {
    private final Map<EndPoint, CyclicTimeout> deadlines = new ConcurrentHashMap<>();
    private final Scheduler scheduler;
    private final long firstMilliseconds;
    private final long nextMilliseconds;

    /**
     * A deadline for all connections of a listener.
     *
     * @param first for the first request of a connection
     * @param next for a later one, which may begin later
     */
    HeaderDeadline(Scheduler scheduler, Duration first, Duration next) {
        this.scheduler = scheduler;
        this.firstMilliseconds = first.toMillis();
        this.nextMilliseconds = next.toMillis();
    }

    @Override
    public void onOpened(Connection connection) {
        deadlines.computeIfAbsent(connection.getEndPoint(), endPoint -> {
            CyclicTimeout deadline = new CyclicTimeout(scheduler) {
                @Override
                public void onTimeoutExpired() {
                    endPoint.close();
                }
            };
            var _ = deadline.schedule(firstMilliseconds, TimeUnit.MILLISECONDS);
            return deadline;
        });
    }

    /** The head is complete. */
    void met(Request request) {
        @Nullable
        CyclicTimeout deadline =
                deadlines.get(request.getConnectionMetaData().getConnection().getEndPoint());
        if (deadline == null) {
            return;
        }
        var _ = deadline.cancel();
        if (request.getConnectionMetaData().getHttpVersion().getVersion() <= HttpVersion.HTTP_1_1.getVersion()) {
            Request.addCompletionListener(request, _ -> {
                if (request.getAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE) == null) {
                    var _ = deadline.schedule(nextMilliseconds, TimeUnit.MILLISECONDS);
                }
            });
        }
    }

    /** For an upgraded connection, this is called when the last one ends. */
    @Override
    public void onClosed(Connection connection) {
        if (!connection.getEndPoint().isOpen()) {
            @Nullable CyclicTimeout deadline = deadlines.remove(connection.getEndPoint());
            if (deadline != null) {
                deadline.destroy();
            }
        }
    }
}
