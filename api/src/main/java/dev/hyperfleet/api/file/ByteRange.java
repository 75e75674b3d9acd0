package dev.hyperfleet.api.file;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.FileEntry;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file that a client requests (RFC 9110, 14). Multiple ranges are not served: such a request gets the whole
 * file, which RFC 9110 allows.
 *
 * @param first offset of the first byte
 * @param last offset of the last byte
 */
record ByteRange(long first, long last) {
    private static final Pattern FORM = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    static Optional<ByteRange> of(Context context, FileEntry entry) {
        @Nullable String header = context.header("Range");
        @Nullable String condition = context.header("If-Range");
        if (header == null || (condition != null && !condition.equals(FileJson.etag(entry)))) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(header.replace(" ", ""));
        if (!form.matches() || (form.group(1).isEmpty() && form.group(2).isEmpty())) {
            return Optional.empty();
        }
        long size = entry.size();
        long first;
        long last = size - 1;
        if (form.group(1).isEmpty()) {
            long count = Long.parseLong(form.group(2));
            first = count == 0 ? size : Math.max(0, size - count);
        } else {
            first = Long.parseLong(form.group(1));
            if (!form.group(2).isEmpty()) {
                long given = Long.parseLong(form.group(2));
                if (given < first) {
                    return Optional.empty(); // no range
                }
                last = Math.min(last, given);
            }
        }
        if (first >= size) {
            context.header("Content-Range", "bytes */" + size);
            throw beyond(size);
        }
        return Optional.of(new ByteRange(first, last));
    }

    private static HyperfleetException beyond(long size) {
        return new HyperfleetException(
                ErrorCode.RANGE_NOT_SATISFIABLE, "The file has %d bytes: Range begins after its end".formatted(size));
    }

    /** The file may have become shorter. */
    void requireWithin(long size) {
        if (last >= size) {
            throw beyond(size);
        }
    }

    long length() {
        return last - first + 1;
    }
}
