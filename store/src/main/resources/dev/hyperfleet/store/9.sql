-- The secret before a key's last rotation, and until when it is valid. Both are NULL without such a secret.
ALTER TABLE api_keys ADD COLUMN retired_sha256 TEXT;
ALTER TABLE api_keys ADD COLUMN retired_until INTEGER;
-- The id of the API key that created the machine: its name, in owner, may be that of a later key. NULL is not known.
ALTER TABLE machines ADD COLUMN owner_key_id TEXT;
