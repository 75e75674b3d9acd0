-- The quota of a key for snapshots. NULL for no limit.
ALTER TABLE api_keys ADD COLUMN max_snapshots INTEGER;
ALTER TABLE api_keys ADD COLUMN max_snapshot_mib INTEGER;
