package dev.hyperfleet.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Owner;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineRowTest {
    /** A real machine never has both an instance and an error. */
    private static final Machine FULL = Examples.to(
            Examples.running(1),
            Examples.running(1).status(),
            Optional.of("it's \"broken\"\n"),
            Examples.running(1).instance());

    @Test
    void aMachineWithEveryFieldSetSurvivesTheRoundTrip(@TempDir Path folder) throws SQLException {
        assertThat(emptyFields(FULL)).isEmpty();
        assertThat(MachineRow.of(FULL).machine()).isEqualTo(FULL);
        Database database = Database.open(folder.resolve("hyperfleet.db"));
        try (OpenStore store = OpenStore.of(database)) {
            store.machines().insert(FULL);
            assertThat(store.machines().load()).containsExactly(FULL);
            store.machines().update(FULL);
            assertThat(store.machines().load()).containsExactly(FULL);
        }
    }

    @Test
    void whatIsFixedKeepsItsFirstValue(@TempDir Path folder) {
        Database database = Database.open(folder.resolve("hyperfleet.db"));
        try (OpenStore store = OpenStore.of(database)) {
            Machine first = Examples.pending(1);
            store.machines().insert(first);
            store.machines()
                    .update(new Machine(
                            first.id(),
                            first.sequence() + 1,
                            first.slot() + 1,
                            Examples.running(2).spec(),
                            Optional.of(new Owner("another", Optional.of("another key"))),
                            Optional.empty(),
                            FULL.status(),
                            FULL.errorMessage(),
                            FULL.instance(),
                            FULL.restarts(),
                            FULL.createdAt().plusSeconds(1),
                            FULL.updatedAt(),
                            FULL.version()));
            assertThat(store.machines().load())
                    .containsExactly(new Machine(
                            first.id(),
                            first.sequence(),
                            first.slot(),
                            first.spec()
                                    .with(
                                            Examples.running(2).spec().exposedPorts(),
                                            Examples.running(2).spec().publicPorts(),
                                            Examples.running(2).spec().automation()),
                            first.owner(),
                            first.startsFrom(),
                            FULL.status(),
                            FULL.errorMessage(),
                            FULL.instance(),
                            FULL.restarts(),
                            first.createdAt(),
                            FULL.updatedAt(),
                            FULL.version()));
        }
    }

    /** The empty fields of a record and of the records in it, without those in lists. */
    private static Stream<String> emptyFields(Record record) {
        return Stream.of(record.getClass().getRecordComponents()).flatMap(component -> {
            Object value = valueOf(record, component);
            return switch (value) {
                case Optional<?> perhaps when perhaps.isEmpty() -> Stream.of(component.getName());
                case Optional<?> perhaps when perhaps.get() instanceof Record inner -> emptyFields(inner);
                case Record inner -> emptyFields(inner);
                case List<?> list when list.isEmpty() -> Stream.of(component.getName());
                default -> Stream.empty();
            };
        });
    }

    private static Object valueOf(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
