-- The container image that a machine's root file system was made of. Both are NULL for the server's own.
ALTER TABLE machines ADD COLUMN image_reference TEXT;
ALTER TABLE machines ADD COLUMN image_source_digest TEXT;
ALTER TABLE snapshots ADD COLUMN image_reference TEXT;
ALTER TABLE snapshots ADD COLUMN image_source_digest TEXT;
