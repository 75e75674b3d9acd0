-- Moves with every change of the machine.
ALTER TABLE machines ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
