package dev.hyperfleet.store;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.MachineStore;
import dev.hyperfleet.core.event.Event;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.request.Cause;
import dev.hyperfleet.core.request.IdempotentRequest;
import dev.hyperfleet.core.request.RequestContext;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Machines in SQLite, and an event with each change, in the same transaction. */
public final class SqliteMachineStore implements MachineStore {
    private static final int FORGET_EVERY = 1000;

    private final Database database;
    private final DatabaseWriter writer;
    private final PreparedStatement put;
    private final PreparedStatement delete;
    private final PreparedStatement deleteLease;
    private final PreparedStatement event;
    private final PreparedStatement deletion;
    private final PreparedStatement forget;
    private final SqliteEvents events;
    private final SqliteIdempotencyStore requests;
    private final Clock clock;

    /**
     * A store in this database.
     *
     * @param events notified of new ones
     * @param requests stores the requests that change machines
     */
    public SqliteMachineStore(
            Database database,
            DatabaseWriter writer,
            SqliteEvents events,
            SqliteIdempotencyStore requests,
            Clock clock) {
        this.database = database;
        this.writer = writer;
        this.events = events;
        this.requests = requests;
        this.clock = clock;
        put = writer.prepare(MachineRow.COLUMNS.putInto("machines", "id"));
        delete = writer.prepare("DELETE FROM machines WHERE id = ?");
        deleteLease = writer.prepare("DELETE FROM leases WHERE machine_id = ?");
        event = writer.prepare(EventRow.COLUMNS.insertInto("events"), Statement.RETURN_GENERATED_KEYS);
        deletion = writer.prepare(
                "INSERT INTO events (at, machine_id, machine_name, type, request_id, actor) SELECT ?, id, name, '"
                        + Event.DELETED + "', ?, ? FROM machines WHERE id = ?");
        forget = writer.prepare("DELETE FROM events WHERE sequence <= ?");
    }

    @Override
    public List<Machine> load() {
        try (DatabaseReader reader = new DatabaseReader(database)) {
            PreparedStatement select = reader.prepare(MachineRow.COLUMNS.selectFrom("machines") + " ORDER BY sequence");
            return reader.read(() -> DatabaseReader.all(
                    select, row -> MachineRow.COLUMNS.read(row).machine()));
        }
    }

    @Override
    public void insert(Machine machine) {
        write(Importance.ORDINARY, machine, machine.status().text());
    }

    @Override
    public void update(Machine machine) {
        write(Importance.VITAL, machine, machine.status().text());
    }

    @Override
    public void configure(Machine machine) {
        write(Importance.ORDINARY, machine, Event.CONFIGURED);
    }

    private void write(Importance importance, Machine machine, String type) {
        Cause cause = RequestContext.current().cause();
        Optional<IdempotentRequest> request = RequestContext.current().idempotent();
        MachineRow row = MachineRow.of(machine);
        EventRow happened = EventRow.of(machine, type, cause);
        writer.write(importance, () -> {
            note(request, machine.id());
            MachineRow.COLUMNS.bind(put, row);
            put.executeUpdate();
            EventRow.COLUMNS.bind(event, happened);
            event.executeUpdate();
            forgetOldest(event);
        });
        events.signal();
    }

    @Override
    public void delete(MachineId id) {
        Cause cause = RequestContext.current().cause();
        Optional<IdempotentRequest> request = RequestContext.current().idempotent();
        Instant now = clock.instant();
        writer.write(Importance.VITAL, () -> {
            note(request, id);
            int column = 0;
            deletion.setLong(++column, Times.micros(now));
            deletion.setObject(++column, cause.requestId().orElse(null));
            deletion.setObject(++column, cause.actor().orElse(null));
            deletion.setString(++column, id.value());
            deletion.executeUpdate();
            delete.setString(1, id.value());
            delete.executeUpdate();
            deleteLease.setString(1, id.value());
            deleteLease.executeUpdate();
        });
        events.signal();
    }

    private void note(Optional<IdempotentRequest> request, MachineId machine) throws SQLException {
        if (request.isPresent()) {
            requests.note(request.get(), Optional.of(machine));
        }
    }

    /** Occasionally, so that not every write pays for it. */
    private void forgetOldest(PreparedStatement inserted) throws SQLException {
        try (ResultSet key = inserted.getGeneratedKeys()) {
            long sequence = key.next() ? key.getLong(1) : 0;
            if (sequence > SqliteEvents.KEPT && sequence % FORGET_EVERY == 0) {
                forget.setLong(1, sequence - SqliteEvents.KEPT);
                forget.executeUpdate();
            }
        }
    }
}
