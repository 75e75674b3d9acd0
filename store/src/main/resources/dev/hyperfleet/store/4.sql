-- Those of the exposed ports that anybody may enter: decimal numbers, separated by commas.
ALTER TABLE machines ADD COLUMN public_ports TEXT NOT NULL DEFAULT '';
-- What the machine does by itself, as JSON.
ALTER TABLE machines ADD COLUMN automation TEXT NOT NULL
  DEFAULT '{"sleep":{"autostop":"OFF","idleTimeout":"PT5M","autostart":false},"restart":{"when":"NO","maxRetries":10},"checks":[],"timeToLive":null}';
-- Starts by the restart policy in a row, and when the next one is due: microseconds since 1970.
ALTER TABLE machines ADD COLUMN restart_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE machines ADD COLUMN restart_at INTEGER;
-- With it the links to ports are signed: 32 bytes. Made when the server first starts with this column.
ALTER TABLE fleet ADD COLUMN link_key BLOB;
