-- The secret before a key's last rotation, and until when it is valid. Both are NULL without such a secret.
ALTER TABLE api_keys ADD COLUMN retired_sha256 TEXT;
ALTER TABLE api_keys ADD COLUMN retired_until INTEGER;
