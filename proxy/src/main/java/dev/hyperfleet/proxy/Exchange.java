package dev.hyperfleet.proxy;

import dev.hyperfleet.core.activity.MachinePorts.Visit;
import dev.hyperfleet.proxy.GuestConnections.Lease;
import dev.hyperfleet.proxy.GuestResponse.Head;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Blocker;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;

/** One request to a guest and its response, both streamed. Only one buffer of each is in memory. */
final class Exchange {
    private static final int CONTINUE = 100;
    private static final int SWITCHING_PROTOCOLS = 101;

    /**
     * Some servers close idle connections after seconds. A request that must not be sent twice gets a connection that
     * is certainly open.
     */
    private static final Duration LONGEST_IDLE = Duration.ofSeconds(10);

    private static final Duration LONGEST_IDLE_UNSAFE = Duration.ofMillis(500);

    /** RFC 9110, section 9.2.1: a repetition changes nothing. */
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");

    private final Request request;
    private final Response response;
    private final GuestRequest toGuest;
    private final GuestConnections connections;
    private final Visit visit;
    private final Duration patience;

    Exchange(
            Request request,
            Response response,
            GuestRequest toGuest,
            GuestConnections connections,
            Visit visit,
            Duration patience) {
        this.request = request;
        this.response = response;
        this.toGuest = toGuest;
        this.connections = connections;
        this.visit = visit;
        this.patience = patience;
    }

    /** What remains after a guest has switched protocols. */
    record Switched(Lease lease, Head head) {}

    /**
     * Carries it out.
     *
     * @return the connection if the guest has switched protocols; otherwise null, and the exchange is complete
     */
    @Nullable
    Switched run() throws IOException {
        boolean repeatable = SAFE.contains(toGuest.method()) && toGuest.body() instanceof GuestRequest.Body.None;
        Lease lease = connections.take(visit, repeatable ? LONGEST_IDLE : LONGEST_IDLE_UNSAFE);
        try {
            return carry(lease);
        } catch (IOException stale) {
            boolean neverAnswered = lease.reused() && !lease.response().hasBegun();
            if (!repeatable || !neverAnswered || stale instanceof ClientGoneException) {
                throw stale;
            }
        }
        return carry(connections.fresh(visit));
    }

    private @Nullable Switched carry(Lease lease) throws IOException {
        boolean keep = false;
        Runnable stopListening = abortWith(lease);
        try {
            toGuest.writeHead(lease.connection());
            BodyToGuest body = BodyToGuest.start(request, toGuest, lease.connection());
            Head head = readHead(lease, body);
            if (head.status() == SWITCHING_PROTOCOLS) {
                requireAsked();
                keep = true;
                return new Switched(lease, head);
            }
            sendHead(head, lease.response());
            sendContent(lease.response());
            if (body.isSent() && lease.response().leavesConnectionOpen()) {
                keep = true;
                connections.giveBack(visit, lease);
            }
            return null;
        } finally {
            stopListening.run();
            if (!keep) {
                lease.close();
            }
        }
    }

    /**
     * A guest that switches protocols without being asked to would receive everything on the client's connection. That
     * may be the connection of a proxy in front of us, which sends other visitors' requests on it.
     */
    private void requireAsked() throws IOException {
        if (!toGuest.headers().contains(HttpHeader.UPGRADE)) {
            throw new IOException("it switched to another protocol without being asked to");
        }
    }

    /** When a client resets its stream (HTTP/2), or is silent for too long, the request to the guest is ended. */
    private Runnable abortWith(Lease lease) {
        Running running = new Running(lease);
        request.addFailureListener(_ -> running.abort());
        return running::end;
    }

    private static final class Running {
        private @Nullable Lease lease;

        Running(Lease lease) {
            this.lease = lease;
        }

        synchronized void abort() {
            if (lease != null) {
                lease.close();
            }
        }

        synchronized void end() {
            lease = null;
        }
    }

    private Head readHead(Lease lease, BodyToGuest body) throws IOException {
        boolean toHead = HttpMethod.HEAD.is(toGuest.method());
        try {
            Head head = lease.response().readHead(toHead, patience);
            while (head.isInterim()) {
                if (head.status() == CONTINUE) {
                    body.wanted(); // reading it sends 100 to the client
                } else {
                    sendInterim(head);
                }
                head = lease.response().readHead(toHead, patience);
            }
            body.answered();
            return head;
        } catch (IOException failure) {
            body.throwIfClientHasGone();
            throw failure;
        }
    }

    private void sendInterim(Head head) throws IOException {
        try {
            response.writeInterim(head.status(), Headers.toClient(head.headers()))
                    .get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ClientGoneException(interrupted);
        } catch (java.util.concurrent.ExecutionException gone) {
            throw new ClientGoneException(gone);
        }
    }

    private void sendHead(Head head, GuestResponse from) throws IOException {
        response.setStatus(head.status());
        for (HttpField field : Headers.toClient(head.headers())) {
            response.getHeaders().add(field);
        }
        boolean lengthIsKnown = head.headers().contains(HttpHeader.CONTENT_LENGTH);
        if (head.headers().contains(HttpHeader.TRANSFER_ENCODING) && takesTrailers()) {
            response.setTrailersSupplier(() -> Trailers.toClient(from.trailers()));
        }
        if (!lengthIsKnown) {
            write(false, BufferUtil.EMPTY_BUFFER); // a waiting client sees that the stream has begun
        }
    }

    private boolean takesTrailers() {
        return request.getConnectionMetaData().getHttpVersion().getVersion() >= HttpVersion.HTTP_1_1.getVersion();
    }

    private void sendContent(GuestResponse from) throws IOException {
        for (ByteBuffer piece = from.readContent(patience); piece != null; piece = from.readContent(patience)) {
            write(false, piece);
        }
        write(true, BufferUtil.EMPTY_BUFFER);
    }

    private void write(boolean last, ByteBuffer data) throws IOException {
        try (Blocker.Callback written = Blocker.callback()) {
            response.write(last, data, written);
            written.block();
        } catch (IOException gone) {
            throw new ClientGoneException(gone);
        }
    }
}
