package dev.hyperfleet.proxy;

import dev.hyperfleet.core.guest.PortConnection;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** A request's body on its way to the guest, on its own thread: the response may begin before the body ends. */
final class BodyToGuest {
    /** A server that does not know "Expect: 100-continue" does not respond to it, and waits for the body. */
    private static final long CONTINUE_MILLISECONDS = 1000;

    private final CountDownLatch wanted = new CountDownLatch(1);
    private volatile boolean declined;
    private volatile boolean sent;
    private volatile @Nullable ClientGoneException clientGone;

    private BodyToGuest() {}

    static BodyToGuest start(Request request, GuestRequest toGuest, PortConnection connection) {
        BodyToGuest body = new BodyToGuest();
        if (toGuest.body() instanceof GuestRequest.Body.None) {
            body.sent = true;
        } else {
            if (!HttpHeaderValue.CONTINUE.is(request.getHeaders().get(HttpHeader.EXPECT))) {
                body.wanted();
            }
            Thread.ofVirtual().name("proxy-body").start(() -> body.send(request, toGuest, connection));
        }
        return body;
    }

    private void send(Request request, GuestRequest toGuest, PortConnection connection) {
        try {
            var _ = wanted.await(CONTINUE_MILLISECONDS, TimeUnit.MILLISECONDS);
            if (declined) {
                return; // reading it would request it from the client
            }
            // Not earlier: closing it unread would abort the request, and with it the guest's response.
            try (InputStream content = Content.Source.asInputStream(request)) {
                toGuest.writeBody(connection, content, () -> trailers(request));
                sent = true;
            }
        } catch (ClientGoneException gone) {
            clientGone = gone;
            connection.close(); // so that nothing waits for a response
        } catch (IOException refused) {
            // The guest has closed its side, maybe after a response: the reader notices that.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static HttpFields trailers(Request request) {
        @Nullable HttpFields trailers = request.getTrailers();
        return trailers == null ? HttpFields.EMPTY : Trailers.toGuest(trailers);
    }

    /** The guest has asked for the body. */
    void wanted() {
        wanted.countDown();
    }

    /** The guest has sent its final response. A body that it has not asked for by then is not needed. */
    void answered() {
        declined = wanted.getCount() > 0;
        wanted();
    }

    boolean isSent() {
        return sent;
    }

    void throwIfClientHasGone() throws ClientGoneException {
        @Nullable ClientGoneException gone = clientGone;
        if (gone != null) {
            throw gone;
        }
    }
}
