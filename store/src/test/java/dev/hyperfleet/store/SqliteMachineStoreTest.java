package dev.hyperfleet.store;

import static dev.hyperfleet.store.Examples.pending;
import static dev.hyperfleet.store.Examples.running;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.NetworkAttachment;
import dev.hyperfleet.core.machine.Restarts;
import dev.hyperfleet.core.machine.Start;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class SqliteMachineStoreTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Database database;
    private final OpenStore open;
    private final SqliteMachineStore store;

    SqliteMachineStoreTest(@TempDir Path folder) {
        database = Database.open(folder.resolve("hyperfleet.db"));
        open = OpenStore.of(database);
        store = open.machines();
    }

    @AfterEach
    void close() {
        open.close();
    }

    @Test
    void aMachineComesBackAsItWasStored() {
        store.insert(pending(1));
        store.insert(running(2));
        assertThat(store.load()).containsExactly(pending(1), running(2));
    }

    @Test
    void aMachineIsStillThereAfterTheStoreWasClosed() {
        store.insert(running(1));
        open.close();
        assertThat(loadAnew()).containsExactly(running(1));
    }

    @ParameterizedTest
    @EnumSource
    void aMachineOfAnyStatusComesBack(MachineStatus status) {
        Machine machine = Examples.to(pending(1), status, Optional.empty(), Optional.empty());
        store.insert(machine);
        assertThat(store.load()).containsExactly(machine);
    }

    @Test
    void anUpdateReplacesWhatChangesInAMachinesLife() {
        store.insert(pending(1));
        store.insert(pending(2));

        Machine started = Examples.to(
                pending(1), MachineStatus.RUNNING, Optional.empty(), running(1).instance());
        store.update(started);
        assertThat(store.load()).containsExactly(started, pending(2));

        Machine failed = Examples.to(
                pending(1),
                MachineStatus.FAILED,
                Optional.of("first line\nsecond 'line' \u0000 \ud83d\udca5"),
                Optional.empty());
        store.update(failed);
        assertThat(store.load()).containsExactly(failed, pending(2));

        Machine stopped = Examples.to(pending(1), MachineStatus.STOPPED, Optional.empty(), Optional.empty());
        store.update(stopped);
        assertThat(store.load()).containsExactly(stopped, pending(2));
    }

    @Test
    void aMachineWithoutAWayOutComesBackWithoutOne() {
        Instance instance = running(1).instance().orElseThrow();
        NetworkAttachment attachment = instance.network();
        Instance inside = new Instance(
                instance.process(),
                instance.socket(),
                new NetworkAttachment(
                        attachment.guestAddress(), attachment.guestMac(), false, Optional.empty(), Optional.empty()),
                Start.UNKNOWN);
        Machine machine = Examples.to(pending(1), MachineStatus.RUNNING, Optional.empty(), Optional.of(inside));
        store.insert(machine);
        assertThat(store.load()).containsExactly(machine);
    }

    @Test
    void aMachineThatWasDeletedIsGoneAndItsNameIsFree() {
        store.insert(pending(1));
        store.insert(pending(2));
        store.delete(pending(1).id());
        assertThat(store.load()).containsExactly(pending(2));
        store.delete(pending(1).id()); // there is nothing to delete any more
        store.insert(pending(1));
        assertThat(store.load()).containsExactly(pending(1), pending(2));
    }

    @Test
    void aNameThatIsTakenIsRefusedAndChangesNothing() {
        store.insert(pending(1));
        Machine namesake = new Machine(
                Examples.id(2),
                2,
                2,
                pending(1).spec(),
                Optional.empty(),
                Optional.empty(),
                MachineStatus.PENDING,
                Optional.empty(),
                Optional.empty(),
                Restarts.NONE,
                Examples.THEN,
                Examples.THEN,
                1);
        assertThatExceptionOfType(HyperfleetException.class).isThrownBy(() -> store.insert(namesake));
        assertThat(store.load()).containsExactly(pending(1));
    }

    @Test
    void ofManyParallelInsertsAllAreStored() throws Exception {
        List<Machine> machines =
                IntStream.range(0, 200).mapToObj(Examples::pending).toList();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> inserts = new ArrayList<>();
            for (Machine machine : machines) {
                inserts.add(threads.submit(() -> store.insert(machine)));
            }
            for (Future<?> insert : inserts) {
                insert.get();
            }
        }
        assertThat(loadAnew()).containsExactlyElementsOf(machines);
    }

    @Test
    void aWriteThatIsRefusedDoesNotHarmThoseThatShareItsTransaction() throws Exception {
        store.insert(pending(0));
        CountDownLatch refused = new CountDownLatch(50);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int number = 1; number <= 50; number++) {
                Machine good = pending(number);
                Machine namesake = new Machine(
                        Examples.id(1000 + number),
                        1000 + number,
                        1000 + number,
                        pending(0).spec(),
                        Optional.empty(),
                        Optional.empty(),
                        MachineStatus.PENDING,
                        Optional.empty(),
                        Optional.empty(),
                        Restarts.NONE,
                        Examples.THEN,
                        Examples.THEN,
                        1);
                var _ = threads.submit(() -> store.insert(good));
                var _ = threads.submit(() -> {
                    try {
                        store.insert(namesake);
                    } catch (HyperfleetException refusal) {
                        refused.countDown();
                    }
                });
            }
        }
        assertThat(refused.getCount()).isZero();
        assertThat(store.load())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(0, 50).mapToObj(Examples::pending).toList());
    }

    @Test
    void anotherProcessCanWriteWhileTheStoreIsOpenAndIdle() throws SQLException {
        store.insert(pending(1));
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 0"); // fails at once if another process holds the file
            assertThat(statement.executeUpdate("DELETE FROM machines")).isOne();
        }
        assertThat(store.load()).isEmpty();
        store.insert(pending(2));
        assertThat(store.load()).containsExactly(pending(2));
    }

    @Test
    void aWriteWaitsForAnotherProcessThatWrites() throws Exception {
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            statement.executeUpdate("BEGIN IMMEDIATE");
            CompletableFuture<Void> insert = CompletableFuture.runAsync(() -> store.insert(pending(1)));
            assertThat(store.load()).isEmpty(); // readers do not wait
            assertThat(insert).isNotDone();
            statement.executeUpdate("COMMIT");
            assertThat(insert).succeedsWithin(LONG);
        }
        assertThat(store.load()).containsExactly(pending(1));
    }

    @Test
    void aTransactionThatCannotBeCommittedIsToldToAllAndTheStoreGoesOn() throws Exception {
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            statement.executeUpdate("BEGIN IMMEDIATE");
            // Held for longer than the store waits.
            assertThatExceptionOfType(HyperfleetException.class)
                    .isThrownBy(() -> store.insert(pending(1)))
                    .withMessageContaining("Another process holds it")
                    .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL_ERROR));
            statement.executeUpdate("ROLLBACK");
        }
        store.insert(pending(2));
        assertThat(store.load()).containsExactly(pending(2));
    }

    @Test
    void aWriteAfterTheEndIsRefusedAndDoesNotHang() {
        open.close();
        CompletableFuture<Void> late = CompletableFuture.runAsync(() -> store.insert(pending(1)));
        assertThat(late)
                .failsWithin(LONG)
                .withThrowableThat()
                .havingCause()
                .isInstanceOfSatisfying(
                        HyperfleetException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    @Test
    void aStatusThatThisVersionDoesNotKnowIsAnErrorThatNamesIt() throws SQLException {
        store.insert(pending(1));
        try (Connection other = database.connect();
                Statement statement = other.createStatement()) {
            statement.executeUpdate("UPDATE machines SET status = 'dreaming'");
        }
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(store::load)
                .withMessageContaining("dreaming");
    }

    private List<Machine> loadAnew() {
        try (OpenStore another = OpenStore.of(database)) {
            return another.machines().load();
        }
    }
}
