package dev.hyperfleet.store;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.audit.AuditRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file with a line for each record of the audit log. It may be renamed, removed or truncated at any time: later
 * records go to a new one. Lines are written without a flush; a file is flushed when it is replaced or closed. Lines
 * that a power cut destroys are in the database, and are written again. For one thread at a time.
 */
final class AuditFile implements AutoCloseable {
    private static final int TAIL_BYTES = 64 << 10;
    private static final Pattern SEQUENCE = Pattern.compile("\\{\"sequence\":([1-9][0-9]{0,17}),.*\\}");

    private final Path path;
    private final Function<AuditRecord, String> line;
    private FileChannel channel;
    private @Nullable Object key; // identifies the file
    private long last;

    /**
     * Opens the file, which is created if it does not exist, accessible only to its owner.
     *
     * @param line a record without a newline, beginning with its "sequence"
     * @param head the last existing record, after which a new file begins
     */
    AuditFile(Path path, Function<AuditRecord, String> line, long head) {
        this.path = path;
        this.line = line;
        try {
            this.channel = open();
            this.key = key();
            this.last = Math.min(lastLine(head), head);
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot write the audit log to %s: %s. Check HYPERFLEET_AUDIT_FILE.".formatted(path, failure),
                    failure);
        }
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private @Nullable Object key() throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException moved) {
            return null;
        }
    }

    /**
     * The sequence number of the last complete line. Bytes after that line are an incomplete write, and are removed.
     */
    private long lastLine(long otherwise) throws IOException {
        byte[] tail;
        long begin;
        try (FileChannel reader = FileChannel.open(path, StandardOpenOption.READ)) {
            begin = Math.max(0, reader.size() - TAIL_BYTES);
            ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(reader.size() - begin));
            while (buffer.hasRemaining() && reader.read(buffer, begin + buffer.position()) >= 0) {}
            tail = buffer.array();
        }
        int end = lineEnd(tail, tail.length);
        while (end >= 0) {
            int before = lineEnd(tail, end);
            Matcher record = SEQUENCE.matcher(new String(tail, before + 1, end - before - 1, StandardCharsets.UTF_8));
            if (record.matches()) {
                channel.truncate(begin + end + 1);
                return Long.parseLong(record.group(1));
            }
            end = before;
        }
        return otherwise;
    }

    /** The end of the last line before this position; -1 if there is none. */
    private static int lineEnd(byte[] text, int before) {
        int place = before - 1;
        while (place >= 0 && text[place] != '\n') {
            place--;
        }
        return place;
    }

    /** The sequence number of the last record in it. */
    long last() {
        return last;
    }

    /** Adds records, all or none. */
    void append(List<AuditRecord> records) throws IOException {
        if (!Objects.equals(key, key())) {
            FileChannel left = channel;
            channel = open();
            key = key();
            close(left);
        }
        StringBuilder lines = new StringBuilder();
        records.forEach(record -> lines.append(line.apply(record)).append('\n'));
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
        long before = channel.size();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException failure) {
            channel.truncate(before);
            throw failure;
        }
        last = records.getLast().link().sequence();
    }

    private static void close(FileChannel left) throws IOException {
        try (left) {
            left.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        close(channel);
    }
}
