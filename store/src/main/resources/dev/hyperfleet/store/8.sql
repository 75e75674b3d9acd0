-- The snapshot that the machine's next start continues from. NULL: it boots.
ALTER TABLE machines ADD COLUMN starts_from TEXT;
-- Snapshots: the machine's properties at that moment, as in machines. vmm: which VMM can load the memory, NULL without
-- memory. halted_us: how long the guest was halted, in microseconds.
-- temporary: 1 if it is removed as soon as no machine is going to start from it.
CREATE TABLE snapshots (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  labels TEXT NOT NULL,
  machine_id TEXT NOT NULL,
  machine_name TEXT NOT NULL,
  vcpu_count INTEGER NOT NULL,
  mem_size_mib INTEGER NOT NULL,
  exposed_ports TEXT NOT NULL,
  public_ports TEXT NOT NULL,
  automation TEXT NOT NULL,
  image_digest TEXT,
  kernel_image_path TEXT NOT NULL,
  kernel_args TEXT NOT NULL,
  initrd_path TEXT,
  rootfs_path TEXT NOT NULL,
  least_mem_size_mib INTEGER NOT NULL,
  disks TEXT NOT NULL,
  vmm TEXT,
  memory_bytes INTEGER NOT NULL,
  disk_bytes INTEGER NOT NULL,
  halted_us INTEGER NOT NULL,
  temporary INTEGER NOT NULL,
  owner TEXT,
  owner_key_id TEXT,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
