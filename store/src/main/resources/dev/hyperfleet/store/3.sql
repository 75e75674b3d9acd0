-- What has happened to machines, also to those that are gone.
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    machine_id TEXT NOT NULL,
    machine_name TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT,
    request_id TEXT,
    actor TEXT
);
CREATE INDEX events_machine ON events (machine_id, sequence);
