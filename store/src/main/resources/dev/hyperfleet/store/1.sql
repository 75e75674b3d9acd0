-- An id, in this file's own form, tells this fleet's resources on the host from another's.
CREATE TABLE fleet (
  id TEXT NOT NULL
) STRICT;

CREATE TABLE machines (
  id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  vcpu_count INTEGER NOT NULL,
  mem_size_mib INTEGER NOT NULL,
  exposed_ports TEXT NOT NULL, -- decimal numbers, separated by commas
  kernel_image_path TEXT NOT NULL,
  kernel_args TEXT NOT NULL,
  initrd_path TEXT,
  rootfs_path TEXT NOT NULL,
  status TEXT NOT NULL,
  error_message TEXT,
  -- The instance: all of these, or none.
  pid INTEGER,
  pid_start_time INTEGER,
  boot_id TEXT,
  socket_path TEXT,
  guest_ip TEXT,
  guest_mac TEXT,
  egress INTEGER,
  created_at INTEGER NOT NULL, -- microseconds since 1970
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL, -- separated by spaces
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
