package dev.hyperfleet.http;

import io.javalin.http.Context;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * What a client was still sending when its request was refused. If the connection were closed with bytes unread, the
 * kernel would reset it, and a client that sends everything before it reads would see the reset in place of the reason.
 * So the response is sent first, then the rest is read and discarded, within bounds: a client that sends more is
 * disconnected. The connection is closed afterwards.
 */
final class UnreadBody {
    private static final long MAX_BYTES = 64 << 20;
    private static final Duration MAX_TIME = Duration.ofSeconds(10);

    private UnreadBody() {}

    /** Sends the response, and discards the unread body, if any. */
    static void discard(Context context) throws IOException {
        ServletInputStream body = context.req().getInputStream();
        boolean hasOne = context.req().getContentLengthLong() > 0 || context.header("Transfer-Encoding") != null;
        boolean awaitsPermission = context.header("Expect") != null;
        if (!hasOne || awaitsPermission || body.isFinished()) {
            return;
        }
        send(context);
        ServletContextRequest.getServletContextRequest(context.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
                .setIdleTimeout(MAX_TIME.toMillis()); // for a silent client; the connection is closed anyway
        try {
            drop(body);
        } catch (IOException gone) { // it has the response, or does not want it
            RequestLog.clientGone(gone);
        }
    }

    /** The whole response, but not its end, which would close the connection. */
    private static void send(Context context) throws IOException {
        @Nullable InputStream answer = context.resultInputStream();
        if (answer != null) {
            byte[] bytes = answer.readAllBytes();
            Response response = ServletContextRequest.getServletContextRequest(context.req())
                    .getServletContextResponse();
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length).put(HttpHeader.CONNECTION, "close");
            Content.Sink.write(response, false, ByteBuffer.wrap(bytes));
        }
    }

    private static void drop(InputStream body) throws IOException {
        byte[] buffer = new byte[64 << 10];
        long deadline = System.nanoTime() + MAX_TIME.toNanos();
        long total = 0;
        while (total < MAX_BYTES && System.nanoTime() - deadline < 0) {
            int count = body.read(buffer);
            if (count < 0) {
                return;
            }
            total += count;
        }
    }
}
