package dev.hyperfleet.proxy;

import dev.hyperfleet.core.guest.PortConnection;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * Responses of a guest, streamed from a connection with bounded memory. The guest is hostile: invalid HTTP causes an
 * {@link IOException}. For one thread.
 */
final class GuestResponse {
    private static final int BUFFER_BYTES = 16 << 10;
    private static final int MAX_HEAD_BYTES = 64 << 10;

    private final PortConnection connection;
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes).limit(0);
    private final Handler handler = new Handler();
    private final HttpParser parser = new HttpParser(handler, MAX_HEAD_BYTES, HttpCompliance.RFC9110);
    private boolean begun;
    private int withoutContent; // bytes of heads, trailers and framing since the last content

    GuestResponse(PortConnection connection) {
        this.connection = connection;
        parser.setHeaderCacheCaseSensitive(true); // otherwise a value that differs in case is mistaken for a known one
    }

    /** The beginning of a response. */
    record Head(HttpVersion version, int status, String reason, HttpFields headers) {
        boolean isInterim() {
            return status < 200 && status != 101;
        }
    }

    /**
     * Reads the next response's head.
     *
     * @param toHead whether the request was a HEAD, so that no content follows
     */
    Head readHead(boolean toHead, Duration timeout) throws IOException {
        parser.reset();
        parser.setHeadResponse(toHead);
        handler.reset();
        withoutContent = 0;
        while (!handler.headComplete) {
            parse(timeout);
        }
        return new Head(handler.version, handler.status, handler.reason, handler.headers.asImmutable());
    }

    /** The next piece of content, valid until the next call; null at the end. */
    @Nullable
    ByteBuffer readContent(Duration timeout) throws IOException {
        handler.content = null;
        while (handler.content == null && !handler.complete) {
            parse(timeout);
        }
        withoutContent = 0;
        return handler.content;
    }

    private void parse(Duration timeout) throws IOException {
        boolean stopped = parser.parseNext(buffer);
        @Nullable HttpException broken = handler.failure;
        if (broken != null) {
            throw new IOException("the guest's response is not valid HTTP: " + broken.getReason());
        }
        if (handler.earlyEnd) {
            throw new EOFException("the guest closed the connection before its response was complete");
        }
        if (stopped || handler.complete || buffer.hasRemaining()) {
            return;
        }
        int count = connection.read(bytes, 0, bytes.length, timeout);
        if (count < 0) {
            parser.atEOF();
            buffer.clear().limit(0);
        } else {
            begun = true;
            withoutContent += count;
            if (withoutContent > MAX_HEAD_BYTES) {
                // The parser does not count fields that it knows already.
                throw new IOException(
                        ("the guest's response has more than %d bytes of " + "headers").formatted(MAX_HEAD_BYTES));
            }
            buffer.clear().limit(count);
        }
    }

    /** Prepares the connection for another request. */
    void expectAnother() {
        begun = false;
    }

    /** Whether anything has arrived for this request. */
    boolean hasBegun() {
        return begun;
    }

    /** Trailers, once the content is complete. */
    HttpFields trailers() {
        return handler.trailers;
    }

    /** Whether the response is complete, and the connection can be used for another request. */
    boolean leavesConnectionOpen() {
        return handler.complete
                && !buffer.hasRemaining()
                && !parser.isClose()
                && !parser.isClosed()
                && handler.persistent();
    }

    /** What arrived after a head that switches protocols. */
    ByteBuffer rest() {
        return buffer;
    }

    private static final class Handler implements HttpParser.ResponseHandler {
        private HttpVersion version = HttpVersion.HTTP_1_1;
        private int status;
        private String reason = "";
        private HttpFields.Mutable headers = HttpFields.build();
        private HttpFields.Mutable trailers = HttpFields.build();
        private @Nullable ByteBuffer content;
        private boolean headComplete;
        private boolean complete;
        private boolean earlyEnd;
        private @Nullable HttpException failure;

        void reset() {
            headers = HttpFields.build();
            trailers = HttpFields.build();
            content = null;
            headComplete = false;
            complete = false;
        }

        boolean persistent() {
            boolean closes = headers.contains("Connection", "close");
            return version == HttpVersion.HTTP_1_1 ? !closes : headers.contains("Connection", "keep-alive");
        }

        @Override
        public void startResponse(HttpVersion ofResponse, int code, @Nullable String phrase) {
            version = ofResponse;
            status = code;
            reason = phrase == null ? "" : phrase;
        }

        @Override
        public void parsedHeader(HttpField field) {
            headers.add(field);
        }

        @Override
        public void parsedTrailer(HttpField field) {
            trailers.add(field);
        }

        @Override
        public boolean headerComplete() {
            headComplete = true;
            return true;
        }

        @Override
        public boolean content(ByteBuffer item) {
            content = item;
            return true;
        }

        @Override
        public boolean contentComplete() {
            return false;
        }

        @Override
        public boolean messageComplete() {
            complete = true;
            return true;
        }

        @Override
        public void earlyEOF() {
            earlyEnd = true;
        }

        @Override
        public void badMessage(HttpException broken) {
            failure = broken;
        }
    }
}
