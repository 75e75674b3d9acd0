package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.audit.AuditEntry;
import dev.hyperfleet.core.audit.AuditRecord;
import dev.hyperfleet.store.SqliteAuditLog.Retention;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FileAuditLogTest {
    private final Path file;
    private final DatabaseWriter writer;
    private final SqliteAuditLog stored;
    private final List<Exception> failures = new ArrayList<>();

    FileAuditLogTest(@TempDir Path folder) {
        file = folder.resolve("audit.jsonl");
        Database database = Database.open(folder.resolve("hyperfleet.db"));
        writer = new DatabaseWriter(database);
        stored = new SqliteAuditLog(database, writer, new Retention(1000, Duration.ZERO));
    }

    @AfterEach
    void close() {
        writer.close();
        stored.close();
    }

    private FileAuditLog open() {
        return open(file);
    }

    private FileAuditLog open(Path path) {
        return new FileAuditLog(stored, path, FileAuditLogTest::line, failures::add);
    }

    private static String line(AuditRecord record) {
        return "{\"sequence\":%d,\"hash\":\"%s\"}"
                .formatted(record.link().sequence(), record.link().hash());
    }

    private static AuditEntry entry() {
        return AuditEntry.ofCommand(Examples.THEN, "keys create ci", "root", "1");
    }

    private static void append(FileAuditLog log, int count) {
        for (int number = 0; number < count; number++) {
            log.append(entry());
        }
    }

    private static List<String> lines(Path path) throws IOException {
        return Files.readAllLines(path);
    }

    private List<String> expected(long from, long to) {
        return stored.after(from - 1, Math.toIntExact(to - from + 1)).stream()
                .map(FileAuditLogTest::line)
                .toList();
    }

    @Test
    void eachRecordIsALineOfAFileForItsOwnerAlone() throws IOException {
        append(open(), 3);
        assertThat(lines(file)).hasSize(3).isEqualTo(expected(1, 3));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(failures).isEmpty();
    }

    @Test
    void thoseOfManyAtOnceAreThereOnceAndInTheirOrder() throws IOException {
        FileAuditLog log = open();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            LongStream.range(0, 200).forEach(_ -> threads.execute(() -> log.append(entry())));
        }
        assertThat(lines(file)).isEqualTo(expected(1, 200));
    }

    @Test
    void whatIsAddedLaterIsThereToo() throws Exception {
        FileAuditLog log = open();
        CompletableFuture<Void> none = new CompletableFuture<>();
        log.appendLater(entry(), none::completeExceptionally);
        append(log, 1);
        log.close();
        assertThat(none).isNotCompletedExceptionally();
        assertThat(lines(file)).isEqualTo(expected(1, 2));
    }

    @Test
    void aFileThatIsRenamedGetsNothingMoreAndANewOneTheRest() throws IOException {
        FileAuditLog log = open();
        append(log, 2);
        Path old = file.resolveSibling("audit.jsonl.1");
        Files.move(file, old);
        append(log, 2);
        assertThat(lines(old)).isEqualTo(expected(1, 2));
        assertThat(lines(file)).isEqualTo(expected(3, 4));
        try (var truncated = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            truncated.truncate(0);
        }
        append(log, 1);
        assertThat(lines(file)).isEqualTo(expected(5, 5));
    }

    @Test
    void theNextServerGoesOnWhereTheFileEnds() throws IOException {
        try (FileAuditLog log = open()) {
            append(log, 2);
        }
        stored.append(entry()); // as after a kill
        try (FileAuditLog next = open()) {
            assertThat(lines(file)).isEqualTo(expected(1, 3));
            append(next, 1);
        }
        assertThat(lines(file)).isEqualTo(expected(1, 4));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"sequence\":3,\"ha", "\u0000\u0000\u0000\u0000", "\u0000\u0000\n\u0000\n", "not a record\n"})
    void whatWasNotWrittenToItsEndIsWrittenAgain(String torn) throws IOException {
        try (FileAuditLog log = open()) {
            append(log, 2);
        }
        Files.write(file, torn.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        stored.append(entry());
        open().close();
        assertThat(lines(file)).isEqualTo(expected(1, 3));
    }

    @Test
    void aNewFileBeginsWithTheNextRecord() throws IOException {
        stored.append(entry());
        append(open(), 1);
        assertThat(lines(file)).isEqualTo(expected(2, 2));
    }

    /** For example after the database was restored from a backup. */
    @Test
    void aFileThatIsAheadOfTheLogDoesNotMissWhatComes() throws IOException {
        Files.writeString(file, "{\"sequence\":7,\"hash\":\"x\"}\n");
        append(open(), 2);
        assertThat(lines(file)).hasSize(3).endsWith(expected(1, 2).toArray(String[]::new));
    }

    @Test
    void aFullDiskStopsNobodyAndTheFileGetsWhatItLacksAfterwards() throws IOException {
        Files.createSymbolicLink(file, Path.of("/dev/full"));
        FileAuditLog log = open();
        append(log, 3);
        assertThat(failures)
                .hasSize(3)
                .allSatisfy(failure -> assertThat(failure).isInstanceOf(IOException.class));
        assertThat(stored.last()).isEqualTo(3);
        Files.delete(file);
        append(log, 2); // the first of them leaves the device, which cannot be flushed
        assertThat(lines(file)).isEqualTo(expected(1, 5));
    }

    @Test
    void aFileThatCannotBeWrittenFromTheStartIsSaidToBe() {
        assertThatThrownBy(() -> open(file.resolveSibling("none").resolve("audit.jsonl")))
                .isInstanceOf(HyperfleetException.class)
                .hasMessageContaining("HYPERFLEET_AUDIT_FILE");
    }
}
