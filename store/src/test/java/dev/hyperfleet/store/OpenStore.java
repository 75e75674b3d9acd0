package dev.hyperfleet.store;

import java.time.Clock;

/** The stores of machines and related data, wired as in the server. */
record OpenStore(
        DatabaseWriter writer,
        SqliteEvents events,
        SqliteIdempotencyStore requests,
        SqliteMachineStore machines,
        SqliteSnapshotStore snapshots)
        implements AutoCloseable {
    static OpenStore of(Database database) {
        return of(database, Clock.systemUTC());
    }

    static OpenStore of(Database database, Clock clock) {
        DatabaseWriter writer = new DatabaseWriter(database);
        SqliteEvents events = new SqliteEvents(database);
        SqliteIdempotencyStore requests = new SqliteIdempotencyStore(database, writer, clock);
        return new OpenStore(
                writer,
                events,
                requests,
                new SqliteMachineStore(database, writer, events, requests, Clock.systemUTC()),
                new SqliteSnapshotStore(database, writer));
    }

    @Override
    public void close() {
        writer.close();
        requests.close();
        events.close();
    }
}
