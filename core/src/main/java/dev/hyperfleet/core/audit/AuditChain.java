package dev.hyperfleet.core.audit;

import dev.hyperfleet.core.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * The hash chain of the audit log. A record's hash is the SHA-256 of the previous hash, in hexadecimal, and of the
 * record's fields in the order of {@link #canonical}: for each its length in bytes of UTF-8, a colon, and its value;
 * for an absent one a minus sign. docs/api/clients.md documents this so that others can check it.
 */
public final class AuditChain {
    /** The link before the first record. */
    public static final Link START = new Link(0, "0".repeat(64));

    /**
     * A place in the chain.
     *
     * @param sequence 1 for the first record, increasing by 1
     * @param hash 64 lower-case hexadecimal digits
     */
    public record Link(long sequence, String hash) {
        @Override
        public String toString() {
            return sequence + ":" + hash;
        }
    }

    /** Where a chain is broken, and why. */
    public record Break(long sequence, String reason) {}

    private final Optional<String> awaited;
    private Link last;
    private boolean found;

    /**
     * Checks a chain.
     *
     * @param anchor the last link before its first record
     * @param awaited a link that is known to have been in it, in its printed form
     */
    public AuditChain(Link anchor, Optional<String> awaited) {
        this.last = anchor;
        this.awaited = awaited;
        see(anchor);
    }

    /** The link of an entry after this one. */
    public static Link next(Link before, AuditEntry entry) {
        long sequence = before.sequence() + 1;
        return new Link(sequence, Sha256.of(before.hash() + canonical(sequence, entry)));
    }

    /** Checks the next record; returns its problem, if any. */
    public Optional<Break> accept(AuditRecord record) {
        Link expected = next(last, record.entry());
        if (record.link().sequence() != expected.sequence()) {
            return broken("record %d is missing: the next one is %d"
                    .formatted(expected.sequence(), record.link().sequence()));
        }
        if (!expected.equals(record.link())) {
            return broken("record %d was changed: its hash differs".formatted(expected.sequence()));
        }
        see(record.link());
        return Optional.empty();
    }

    private void see(Link link) {
        last = link;
        found = found || awaited.equals(Optional.of(link.toString()));
    }

    /** Ends the check at this last link; returns the problem, if any. */
    public Optional<Break> end(Link head) {
        if (!last.equals(head)) {
            return broken("it ends at record %d, but was written up to %d".formatted(last.sequence(), head.sequence()));
        }
        return awaited.isPresent() && !found
                ? broken("it is consistent, but does not include %s: it was rewritten".formatted(awaited.get()))
                : Optional.empty();
    }

    /** The last valid link. */
    public Link last() {
        return last;
    }

    private Optional<Break> broken(String reason) {
        return Optional.of(new Break(last.sequence() + 1, reason));
    }

    private static String canonical(long sequence, AuditEntry entry) {
        StringBuilder text = new StringBuilder();
        add(text, Optional.of(String.valueOf(sequence)));
        add(text, Optional.of(String.valueOf(ChronoUnit.MICROS.between(Instant.EPOCH, entry.at()))));
        add(text, entry.keyId());
        add(text, entry.keyName());
        add(text, Optional.of(entry.method()));
        add(text, Optional.of(entry.route()));
        add(text, entry.machine());
        add(text, Optional.of(entry.client()));
        add(text, Optional.of(entry.requestId()));
        add(text, Optional.of(String.valueOf(entry.status())));
        add(text, Optional.of(String.valueOf(entry.omitted())));
        return text.toString();
    }

    private static void add(StringBuilder text, Optional<String> field) {
        field.ifPresentOrElse(
                value -> text.append(value.getBytes(StandardCharsets.UTF_8).length)
                        .append(':')
                        .append(value),
                () -> text.append('-'));
    }
}
