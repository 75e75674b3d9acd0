-- Whether a first start may continue from a boot snapshot.
ALTER TABLE machines ADD COLUMN warm_start INTEGER NOT NULL DEFAULT 1;
ALTER TABLE snapshots ADD COLUMN warm_start INTEGER NOT NULL DEFAULT 1;
-- How the current run began. All are NULL without one, and for one that an earlier release has started.
ALTER TABLE machines ADD COLUMN started_from TEXT;
ALTER TABLE machines ADD COLUMN start_snapshot TEXT;
ALTER TABLE machines ADD COLUMN load_us INTEGER;
ALTER TABLE machines ADD COLUMN renewal_us INTEGER;
ALTER TABLE machines ADD COLUMN start_obstacle TEXT;
-- The boots that a boot snapshot stands for, as a digest. NULL for all other snapshots.
ALTER TABLE snapshots ADD COLUMN boots TEXT;
