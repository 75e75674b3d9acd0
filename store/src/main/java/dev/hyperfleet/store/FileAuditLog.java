package dev.hyperfleet.store;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.audit.AuditLog;
import dev.hyperfleet.core.audit.AuditRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * An audit log whose records are also written to a file, for log shippers. A record is in the file, too, when {@link
 * #append} returns. If the file cannot be written, requests continue; missing lines are added as soon as it can be
 * written again.
 */
public final class FileAuditLog implements AuditLog, AutoCloseable {
    private static final int PAGE = 1000;

    private final AuditLog log;
    private final ExecutorService later = Executors.newVirtualThreadPerTaskExecutor();
    private final AuditFile file; // guarded by this
    private final Consumer<Exception> notWritten;

    /**
     * Opens the file, and adds its missing lines. A new or empty file begins with the next record.
     *
     * @param line a record as JSON, without a newline, beginning with its "sequence"
     * @param notWritten called with the reason each time that the file cannot be written
     */
    public FileAuditLog(AuditLog log, Path path, Function<AuditRecord, String> line, Consumer<Exception> notWritten) {
        this.log = log;
        this.notWritten = notWritten;
        this.file = new AuditFile(path, line, log.last());
        catchUp();
    }

    @Override
    public void append(AuditEntry entry) {
        log.append(entry);
        catchUp();
    }

    @Override
    public void appendLater(AuditEntry entry, Consumer<HyperfleetException> failed) {
        later.execute(() -> {
            try {
                append(entry);
            } catch (HyperfleetException failure) {
                failed.accept(failure);
            }
        });
    }

    /** The first thread also writes the records that others have added. */
    private synchronized void catchUp() {
        try {
            for (List<AuditRecord> news = after(file.last(), PAGE); !news.isEmpty(); news = after(file.last(), PAGE)) {
                file.append(news);
            }
        } catch (IOException | HyperfleetException failure) {
            notWritten.accept(failure);
        }
    }

    @Override
    public long last() {
        return log.last();
    }

    @Override
    public List<AuditRecord> after(long sequence, int limit) {
        return log.after(sequence, limit);
    }

    /** Waits for asynchronous records, and flushes the file to the disk. */
    @Override
    public void close() {
        later.close();
        catchUp();
        closeFile();
    }

    private synchronized void closeFile() {
        try {
            file.close();
        } catch (IOException failure) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "The audit log's file cannot be closed: " + failure.getMessage(),
                    failure);
        }
    }
}
