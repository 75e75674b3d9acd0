-- What a machine's address and user on the host follow from: a small number that no other machine has.
ALTER TABLE machines ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;
UPDATE machines SET slot = (SELECT count(*) FROM machines AS older WHERE older.sequence < machines.sequence);
CREATE UNIQUE INDEX machines_slot ON machines (slot);

-- Of the instance, where its network has them.
ALTER TABLE machines ADD COLUMN tap_device TEXT;
ALTER TABLE machines ADD COLUMN tap_ip TEXT;
ALTER TABLE machines ADD COLUMN private_ip TEXT;
