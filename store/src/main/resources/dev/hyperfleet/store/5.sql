-- The name of the API key that has made the machine.
ALTER TABLE machines ADD COLUMN owner TEXT;
-- What the machines of a key may use. NULL is no limit.
ALTER TABLE api_keys ADD COLUMN max_machines INTEGER;
ALTER TABLE api_keys ADD COLUMN max_running INTEGER;
ALTER TABLE api_keys ADD COLUMN max_vcpus INTEGER;
ALTER TABLE api_keys ADD COLUMN max_mem_size_mib INTEGER;
-- Moves with every change of the machine.
ALTER TABLE machines ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Requests that may be repeated, with their answers.
CREATE TABLE idempotent_requests (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL, -- the API key's id, empty where keys are not checked
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  machine_id TEXT, -- the machine that was changed for it, in one transaction with this row
  created_at INTEGER NOT NULL,
  -- The answer: all of these, or none.
  status INTEGER,
  headers TEXT, -- JSON
  body BLOB,
  UNIQUE (owner, key)
) STRICT;
CREATE INDEX idempotent_requests_age ON idempotent_requests (created_at);
CREATE INDEX idempotent_requests_owner ON idempotent_requests (owner, sequence);

-- Who alone may change a machine, and until when.
CREATE TABLE leases (
  machine_id TEXT PRIMARY KEY,
  nonce TEXT NOT NULL,
  owner TEXT,
  description TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was done by whom.
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  key_id TEXT,
  key_name TEXT,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  machine_id TEXT,
  client TEXT NOT NULL,
  request_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  omitted INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
-- Its ends: the last record that was removed, since it was old, and the last that was written.
CREATE TABLE audit_ends (
  anchor_sequence INTEGER NOT NULL,
  anchor_hash TEXT NOT NULL,
  head_sequence INTEGER NOT NULL,
  head_hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_ends VALUES (
  0, '0000000000000000000000000000000000000000000000000000000000000000',
  0, '0000000000000000000000000000000000000000000000000000000000000000');
