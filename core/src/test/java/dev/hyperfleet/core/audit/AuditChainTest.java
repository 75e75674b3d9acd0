package dev.hyperfleet.core.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.audit.AuditChain.Break;
import dev.hyperfleet.core.audit.AuditChain.Link;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AuditChainTest {
    private final List<AuditRecord> records = new ArrayList<>();
    private final Link head;

    AuditChainTest() {
        Link last = AuditChain.START;
        for (int number = 1; number <= 5; number++) {
            AuditEntry entry = entry("POST", "/machines/{id}/start", number);
            last = AuditChain.next(last, entry);
            records.add(new AuditRecord(last, entry));
        }
        head = last;
    }

    private static AuditEntry entry(String method, String route, long omitted) {
        return new AuditEntry(
                Instant.parse("2026-02-03T04:05:06.789012Z"),
                Optional.of("id"),
                Optional.empty(),
                method,
                route,
                Optional.of("abcdefghijkl"),
                "127.0.0.1",
                "request",
                200,
                omitted);
    }

    private Optional<Break> check(Link anchor, Optional<String> awaited) {
        AuditChain chain = new AuditChain(anchor, awaited);
        for (AuditRecord record : records) {
            Optional<Break> broken = chain.accept(record);
            if (broken.isPresent()) {
                return broken;
            }
        }
        return chain.end(head);
    }

    private Optional<Long> brokenAt() {
        return check(AuditChain.START, Optional.empty()).map(Break::sequence);
    }

    @Test
    void whatWasWrittenHolds() {
        assertThat(brokenAt()).isEmpty();
        Link third = records.get(2).link();
        assertThat(check(AuditChain.START, Optional.of(third.toString()))).isEmpty();
        records.subList(0, 3).clear();
        assertThat(check(third, Optional.of(third.toString())))
                .as("from where the rest was removed")
                .isEmpty();
    }

    @Test
    void aRecordThatWasChangedIsFound() {
        AuditRecord third = records.get(2);
        records.set(2, new AuditRecord(third.link(), entry("GET", "/machines/{id}/start", 3)));
        assertThat(brokenAt()).contains(3L);
    }

    @Test
    void aRecordThatWasRemovedIsFoundWhereverItWas() {
        AuditRecord third = records.remove(2);
        assertThat(brokenAt()).contains(3L);
        records.add(2, third);
        records.removeFirst();
        assertThat(brokenAt()).contains(1L);
        records.clear();
        assertThat(brokenAt()).contains(1L);
    }

    @Test
    void theLastRecordsAreMissedToo() {
        records.removeLast();
        assertThat(brokenAt()).contains(5L);
    }

    @Test
    void recordsThatHaveChangedPlacesAreFound() {
        Collections.swap(records, 1, 3);
        assertThat(brokenAt()).contains(2L);
        AuditRecord second = records.get(1);
        records.set(1, new AuditRecord(new Link(2, second.link().hash()), second.entry()));
        assertThat(brokenAt()).as("under the number of that place").contains(2L);
    }

    @Test
    void aLogThatWasWrittenAnewDoesNotIncludeWhatWasSeenOfTheOldOne() {
        String seen = records.get(2).link().toString().replace('a', 'b').replace('0', '1');
        assertThat(check(AuditChain.START, Optional.of(seen)))
                .hasValueSatisfying(broken -> assertThat(broken.reason()).contains("was rewritten"));
    }

    @Test
    void fieldsCannotBeMistakenForEachOther() {
        Link one = AuditChain.next(AuditChain.START, entry("POST", "/machines", 1));
        Link other = AuditChain.next(AuditChain.START, entry("POST/", "machines", 1));
        assertThat(one.hash()).isNotEqualTo(other.hash()).hasSize(64);
    }
}
