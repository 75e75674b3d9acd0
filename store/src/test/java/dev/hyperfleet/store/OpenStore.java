package dev.hyperfleet.store;

/** Machines with all that they are stored with, as the server puts it together. */
record OpenStore(DatabaseWriter writer, SqliteEvents events, SqliteMachineStore machines) implements AutoCloseable {
    static OpenStore of(Database database) {
        DatabaseWriter writer = new DatabaseWriter(database);
        SqliteEvents events = new SqliteEvents(database);
        return new OpenStore(writer, events, new SqliteMachineStore(database, writer, events));
    }

    @Override
    public void close() {
        writer.close();
        events.close();
    }
}
