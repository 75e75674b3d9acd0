package dev.hyperfleet.core.audit;

import dev.hyperfleet.core.HyperfleetException;
import java.util.List;
import java.util.function.Consumer;

/** Port: the tamper-evident log of who did what. Safe for concurrent use. */
public interface AuditLog {
    /** Adds an entry, and returns once it survives a power cut, or throws {@link HyperfleetException}. */
    void append(AuditEntry entry);

    /**
     * Adds an entry in a moment; it is lost if the server ends before.
     *
     * @param failed is told why it could not be added
     */
    void appendLater(AuditEntry entry, Consumer<HyperfleetException> failed);

    /** The number of the last record; 0 where there has been none. */
    long last();

    /** Records after this one, in their order. */
    List<AuditRecord> after(long sequence, int limit);
}
