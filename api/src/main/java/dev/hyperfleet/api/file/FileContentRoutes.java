package dev.hyperfleet.api.file;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.FileContent;
import dev.hyperfleet.core.guest.FileEntry;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestFiles.WriteOptions;
import dev.hyperfleet.core.guest.GuestPath;
import dev.hyperfleet.http.BoundedBody;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.Preconditions;
import dev.hyperfleet.http.QueryParameters;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Files of a guest, and folders as tar: read, write, remove. The body is the raw bytes, streamed. */
public final class FileContentRoutes implements RouteGroup {
    private static final String FILE = "/machines/{id}/files";
    private static final String TAR = FILE + "/tar";
    private static final String BYTES = "application/octet-stream";
    private static final String TAR_TYPE = "application/x-tar";
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int PAGE = 4096;

    private final Machines machines;
    private final long maxSize;

    /**
     * Routes to files.
     *
     * @param maxSize bytes that one request may write
     */
    public FileContentRoutes(Machines machines, long maxSize) {
        this.machines = machines;
        this.maxSize = maxSize;
    }

    private record TreeJson(long entries) {}

    @Override
    public void register(Routes routes) {
        FileRoutes.withPath(routes).get(FILE, Scope.MACHINES_EXEC, this::read);
        FileRoutes.withPath(routes, "mode", "user", "parents").put(FILE, Scope.MACHINES_EXEC, this::write);
        FileRoutes.withPath(routes, "recursive").delete(FILE, Scope.MACHINES_EXEC, this::remove);
        FileRoutes.withPath(routes).getStream(TAR, Scope.MACHINES_EXEC, this::readTree);
        FileRoutes.withPath(routes, "user", "parents").put(TAR, Scope.MACHINES_EXEC, this::writeTree);
    }

    private void read(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        query.throwIfInvalid();
        GuestFiles files = files(machines, context);
        boolean head = context.method().equals(HandlerType.HEAD);
        if (head || context.header("Range") != null || context.header("If-None-Match") != null) {
            FileEntry entry = files.stat(path, true);
            if (Preconditions.isUnchanged(context, entry)) {
                context.status(HttpStatus.NOT_MODIFIED)
                        .header("ETag", FileJson.etag(entry))
                        .res()
                        .setContentType(null);
                return;
            }
            Optional<ByteRange> range = ByteRange.of(context, entry);
            if (range.isPresent() && !head) {
                readPart(context, files, path, entry, range.get());
                return;
            }
        }
        try (FileContent content = files.read(path, 0, 0, Optional.empty())) {
            readWhole(context, content, head);
        }
    }

    /** Of the version that was read first: a part of another version would be useless. */
    private static void readPart(Context context, GuestFiles files, GuestPath path, FileEntry entry, ByteRange range)
            throws IOException {
        Optional<String> version =
                Optional.ofNullable(context.header("If-Range")).map(_ -> entry.version());
        try (FileContent content = files.read(path, range.first(), range.length(), version)) {
            long size = content.entry().size();
            range.requireWithin(size); // it may have become shorter meanwhile
            context.status(HttpStatus.PARTIAL_CONTENT)
                    .header("Content-Range", "bytes %d-%d/%d".formatted(range.first(), range.last(), size));
            describe(context, content.entry(), range.length());
            send(content.bytes(), context, range.length());
        }
    }

    private static void readWhole(Context context, FileContent content, boolean head) throws IOException {
        long size = content.entry().size();
        if (head) {
            describe(context, content.entry(), size);
            context.res().setContentLengthLong(size);
        } else if (size == 0) { // a file in /proc reports size 0 but has content
            describe(context, content.entry(), size);
            send(content.bytes(), context, Long.MAX_VALUE);
        } else if (size <= PAGE) { // files in /sys report a page, whatever their content
            byte[] bytes = content.bytes().readNBytes(Math.toIntExact(size));
            describe(context, content.entry(), bytes.length);
            send(new ByteArrayInputStream(bytes), context, bytes.length);
        } else {
            describe(context, content.entry(), size);
            send(content.bytes(), context, size);
        }
    }

    private static void describe(Context context, FileEntry entry, long length) {
        context.contentType(BYTES)
                .header("ETag", FileJson.etag(entry))
                .header("Accept-Ranges", "bytes")
                .header("X-Content-Type-Options", "nosniff");
        if (length > 0) {
            context.res().setContentLengthLong(length);
        }
    }

    /**
     * Sends at most this many bytes, fewer if the file ends earlier. A failure from here on cuts off the response,
     * since its beginning has been sent.
     */
    private static void send(InputStream bytes, Context context, long length) throws IOException {
        OutputStream output = context.res().getOutputStream();
        byte[] buffer = new byte[BUFFER_BYTES];
        long left = length;
        int count = 0;
        while (left > 0 && count >= 0) {
            count = bytes.read(buffer, 0, Math.toIntExact(Math.min(left, buffer.length)));
            output.write(buffer, 0, Math.max(0, count));
            left -= Math.max(0, count);
        }
        output.flush();
    }

    private void write(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        WriteOptions options = new WriteOptions(
                query.mode("mode"),
                query.text("user"),
                query.flag("parents", false),
                Preconditions.ifMatch(context, query.problems()),
                Preconditions.mustBeNew(context, query.problems()));
        query.throwIfInvalid();
        FileEntry written = files(machines, context).write(path, options, body(context));
        context.header("ETag", FileJson.etag(written));
        Responses.json(context, FileJson.of(written));
    }

    private void remove(Context context) {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        boolean recursive = query.flag("recursive", false);
        Optional<String> version = Preconditions.ifMatch(context, query.problems());
        query.throwIfInvalid();
        files(machines, context).remove(path, recursive, version);
        context.status(HttpStatus.NO_CONTENT).res().setContentType(null);
    }

    private void readTree(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        query.throwIfInvalid();
        try (FileContent content = files(machines, context).readTree(path)) {
            context.contentType(TAR_TYPE);
            send(content.bytes(), context, Long.MAX_VALUE);
        }
    }

    private void writeTree(Context context) throws IOException {
        QueryParameters query = QueryParameters.read(context);
        GuestPath path = query.path("path");
        WriteOptions options = new WriteOptions(
                OptionalInt.empty(), query.text("user"), query.flag("parents", false), Optional.empty(), false);
        query.throwIfInvalid();
        Responses.json(context, new TreeJson(files(machines, context).writeTree(path, options, body(context))));
    }

    private BoundedBody body(Context context) throws IOException {
        if (Optional.ofNullable(context.contentType())
                .orElse("")
                .toLowerCase(Locale.ROOT)
                .startsWith("multipart/form-data")) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "The body must be the file's bytes, not a form (multipart/form-data): with curl, use -T FILE or "
                            + "--data-binary @FILE; with Python's requests, use data=file");
        }
        @Nullable String encoding = context.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Encoding '%s' is not supported: send the raw bytes".formatted(encoding));
        }
        return BoundedBody.of(context, maxSize);
    }

    static GuestFiles files(Machines machines, Context context) {
        return machines.guest(MachinePath.id(context), "use files").files();
    }
}
