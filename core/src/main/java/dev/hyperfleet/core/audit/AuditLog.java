package dev.hyperfleet.core.audit;

import dev.hyperfleet.core.HyperfleetException;
import java.util.List;
import java.util.function.Consumer;

/** Port: the tamper-evident log of requests. Safe for concurrent use. */
public interface AuditLog {
    /** Adds an entry, and returns once it survives a power cut, or throws {@link HyperfleetException}. */
    void append(AuditEntry entry);

    /**
     * Adds an entry asynchronously; it is lost if the server ends before.
     *
     * @param failed called with the reason if it could not be added
     */
    void appendLater(AuditEntry entry, Consumer<HyperfleetException> failed);

    /** The number of the last record; 0 if there has been none. */
    long last();

    /** Records after this one, in order. */
    List<AuditRecord> after(long sequence, int limit);
}
