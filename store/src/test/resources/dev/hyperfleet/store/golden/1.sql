-- A database of schema 1.
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
INSERT INTO fleet (id)
VALUES ('c0ffee42');
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at)
VALUES ('k3v9x0q2m7ab', 1, 'web', 4, 2048, '8080,5432,22', '/srv/images/vmlinux', 'console=ttyS0 quiet', '/srv/images/initramfs', '/srv/images/debian.ext4', 'running', NULL, 4711, 987654, '01234567-89ab-cdef-0123-456789abcdef', '/run/hyperfleet/k3v9x0q2m7ab/vmm.sock', '172.16.0.2', 'AA:FC:00:00:00:01', 1, 1790841601000001, 1790843400250000);
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at)
VALUES ('p5d8w1r6t4cd', 3, 'Build_3.x', 1, 256, '', '/srv/old, images/vmlinux', '', NULL, '/srv/old, images/root.ext4', 'failed', 'the guest''s kernel panicked:
no "root"; see the console', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1790931600000000, 1790931900000000);
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at)
VALUES ('z0y1x2w3v4ef', 4, 'fresh', 2, 512, '80', '/srv/images/vmlinux', '', '/srv/images/initramfs', '/srv/images/debian.ext4', 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1791021600000000, 1791021600000000);
INSERT INTO api_keys (id, name, sha256, scopes, created_at, expires_at)
VALUES ('k7h2m9q4', 'ci', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'machines:read machines:write', 1790769600000000, 1822305600000000);
INSERT INTO api_keys (id, name, sha256, scopes, created_at, expires_at)
VALUES ('a1c3e5g7', 'ops', '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', '*', 1790769601000000, NULL);
PRAGMA user_version = 1;
