package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A request's body with a maximum size. */
public final class BoundedBody extends FilterInputStream {
    private final long maximum;
    private long left;

    private BoundedBody(InputStream body, long maximum) {
        super(body);
        this.maximum = maximum;
        this.left = maximum;
    }

    /** The body; if its announced length is too large, it is refused before it is read. */
    public static BoundedBody of(Context context, long maximum) throws IOException {
        if (context.req().getContentLengthLong() > maximum) {
            throw tooLarge(maximum);
        }
        return new BoundedBody(context.req().getInputStream(), maximum);
    }

    private static HyperfleetException tooLarge(long maximum) {
        return new HyperfleetException(
                ErrorCode.PAYLOAD_TOO_LARGE,
                "body must be at most %d bytes (HYPERFLEET_FILE_MAX_SIZE)".formatted(maximum));
    }

    @Override
    public int read() throws IOException {
        int one = super.read();
        count(one < 0 ? 0 : 1);
        return one;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        int count = super.read(into, at, length);
        count(Math.max(0, count));
        return count;
    }

    private void count(int bytes) {
        left -= bytes;
        if (left < 0) {
            throw tooLarge(maximum);
        }
    }
}
