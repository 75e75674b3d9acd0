-- The name of the API key that has made the machine.
ALTER TABLE machines ADD COLUMN owner TEXT;
-- What the machines of a key may use. NULL is no limit.
ALTER TABLE api_keys ADD COLUMN max_machines INTEGER;
ALTER TABLE api_keys ADD COLUMN max_running INTEGER;
ALTER TABLE api_keys ADD COLUMN max_vcpus INTEGER;
ALTER TABLE api_keys ADD COLUMN max_mem_size_mib INTEGER;
