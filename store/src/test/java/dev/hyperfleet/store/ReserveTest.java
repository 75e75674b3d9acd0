package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.access.Lease;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a disk with space; tests/…/FullDiskTest covers a full one. */
class ReserveTest {
    private static final Machine MACHINE = Examples.pending(1);

    private final Path file;
    private final Path reserved;
    private final Reserve reserve;

    ReserveTest(@TempDir Path folder) {
        file = folder.resolve("hyperfleet.db");
        reserved = folder.resolve("hyperfleet.db-reserve");
        reserve = new Reserve(file);
    }

    @Test
    void itTakesRoomAndGivesItUpPieceByPieceDownToWhatIsForMoreImportantWrites() {
        assertThat(reserve.left()).isZero();
        assertThat(reserve.giveUp(0)).isFalse();
        assertThat(reserve.restore()).isTrue();
        assertThat(reserved).hasSize(Reserve.SIZE);
        for (Importance importance : Importance.values()) {
            while (reserve.giveUp(importance.reserved())) {
                assertThat(reserve.left()).isGreaterThanOrEqualTo(importance.reserved());
            }
            assertThat(reserve.left()).isEqualTo(importance.reserved());
        }
        assertThat(reserve.restore()).isTrue();
        assertThat(reserved).hasSize(Reserve.SIZE);
    }

    @Test
    void anOpenDatabaseHasAWholeReserve() {
        try (OpenStore store = OpenStore.of(Database.open(file))) {
            assertThat(reserved).hasSize(Reserve.SIZE);
            assertThat(store.writer().obstacle()).isEmpty();
        }
    }

    @Test
    void whatWasGivenUpIsRestoredWithTheNextWrite() {
        try (OpenStore store = OpenStore.of(Database.open(file))) {
            assertThat(reserve.giveUp(0)).isTrue();
            store.machines().insert(MACHINE);
            assertThat(reserved).hasSize(Reserve.SIZE);
        }
    }

    @Test
    void withoutAWholeReserveNothingNewIsStoredAndWhatIsThereCanStillChangeAndGo() throws IOException {
        Database database = Database.open(file);
        try (OpenStore store = OpenStore.of(database);
                SqliteLeaseStore leases = new SqliteLeaseStore(database, store.writer())) {
            store.machines().insert(MACHINE);
            Files.delete(reserved);
            Files.createDirectory(reserved); // so that it cannot be restored
            store.machines().update(Examples.running(1));
            assertThat(store.machines().load()).extracting(Machine::status).containsExactly(MachineStatus.RUNNING);
            refused(() -> store.machines().insert(Examples.pending(2)));
            refused(() -> store.machines().configure(MACHINE));
            refused(() -> leases.put(new Lease(
                    MACHINE.id(), "nonce", Optional.empty(), Optional.empty(), Instant.EPOCH, Instant.EPOCH)));
            assertThat(store.writer().obstacle()).hasValueSatisfying(ReserveTest::saysThatTheDiskIsFull);
            leases.delete(MACHINE.id());
            store.machines().delete(MACHINE.id());
            assertThat(store.machines().load()).isEmpty();

            Files.delete(reserved);
            assertThat(store.writer().obstacle()).isEmpty();
            store.machines().insert(Examples.pending(2));
        }
    }

    private static void refused(Runnable write) {
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(write::run)
                .satisfies(ReserveTest::saysThatTheDiskIsFull);
    }

    private static void saysThatTheDiskIsFull(HyperfleetException refusal) {
        assertThat(refusal.code()).isEqualTo(ErrorCode.INSUFFICIENT_STORAGE);
        assertThat(refusal).hasMessageEndingWith(": the disk is full. Free some space.");
    }
}
