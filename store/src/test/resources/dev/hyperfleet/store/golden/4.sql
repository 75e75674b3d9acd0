-- A database of schema 4.
CREATE TABLE fleet (
  id TEXT NOT NULL
, link_key BLOB) STRICT;
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
, slot INTEGER NOT NULL DEFAULT 0, tap_device TEXT, tap_ip TEXT, private_ip TEXT, public_ports TEXT NOT NULL DEFAULT '', automation TEXT NOT NULL
  DEFAULT '{"sleep":{"autostop":"OFF","idleTimeout":"PT5M","autostart":false},"restart":{"when":"NO","maxRetries":10},"checks":[],"timeToLive":null}', restart_count INTEGER NOT NULL DEFAULT 0, restart_at INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL, -- separated by spaces
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX machines_slot ON machines (slot);
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    machine_id TEXT NOT NULL,
    machine_name TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT,
    request_id TEXT,
    actor TEXT
);
CREATE INDEX events_machine ON events (machine_id, sequence);
INSERT INTO sqlite_sequence (name, seq)
VALUES ('events', 14);
INSERT INTO fleet (id, link_key)
VALUES ('c0ffee42', X'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at, slot, tap_device, tap_ip, private_ip, public_ports, automation, restart_count, restart_at)
VALUES ('k3v9x0q2m7ab', 1, 'web', 4, 2048, '8080,5432,22', '/srv/images/vmlinux', 'console=ttyS0 quiet', '/srv/images/initramfs', '/srv/images/debian.ext4', 'running', NULL, 4711, 987654, '01234567-89ab-cdef-0123-456789abcdef', '/run/hyperfleet/k3v9x0q2m7ab/vmm.sock', '172.16.0.2', 'AA:FC:00:00:00:01', 1, 1790841601000001, 1790843400250000, 2, 'tap0', '172.16.0.1', '10.213.0.4', '22,8080', '{"sleep":{"autostop":"PAUSE","idleTimeout":"PT1M30S","autostart":true},"restart":{"when":"ON_FAILURE","maxRetries":7},"checks":[{"name":"page","kind":"HTTP","port":8080,"path":"/healthz?full=1","command":[],"interval":"PT15S","timeout":"PT3S","grace":"PT20S","healthyAfter":2,"unhealthyAfter":4,"gate":true},{"name":"db","kind":"TCP","port":5432,"path":null,"command":[],"interval":"PT10S","timeout":"PT2S","grace":"PT30S","healthyAfter":1,"unhealthyAfter":3,"gate":false},{"name":"queue","kind":"EXEC","port":null,"path":null,"command":["sh","-c","test -e /run/queue"],"interval":"PT1M","timeout":"PT5S","grace":"PT0S","healthyAfter":1,"unhealthyAfter":5,"gate":false}],"timeToLive":{"expiresAt":"2026-12-01T00:00:00.500Z","delete":true}}', 0, NULL);
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at, slot, tap_device, tap_ip, private_ip, public_ports, automation, restart_count, restart_at)
VALUES ('p5d8w1r6t4cd', 3, 'Build_3.x', 1, 256, '', '/srv/old, images/vmlinux', '', NULL, '/srv/old, images/root.ext4', 'failed', 'the guest''s kernel panicked:
no "root"; see the console', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1790931600000000, 1790931900000000, 0, NULL, NULL, NULL, '', '{"sleep":{"autostop":"STOP","idleTimeout":"PT168H","autostart":false},"restart":{"when":"ALWAYS","maxRetries":1000},"checks":[],"timeToLive":{"expiresAt":"2027-01-01T00:00:00Z","delete":false}}', 2, 1790931904000000);
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at, slot, tap_device, tap_ip, private_ip, public_ports, automation, restart_count, restart_at)
VALUES ('z0y1x2w3v4ef', 4, 'fresh', 2, 512, '80', '/srv/images/vmlinux', '', '/srv/images/initramfs', '/srv/images/debian.ext4', 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1791021600000000, 1791021600000000, 1, NULL, NULL, NULL, '', '{"sleep":{"autostop":"OFF","idleTimeout":"PT5M","autostart":false},"restart":{"when":"NO","maxRetries":10},"checks":[],"timeToLive":null}', 0, NULL);
INSERT INTO api_keys (id, name, sha256, scopes, created_at, expires_at)
VALUES ('k7h2m9q4', 'ci', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'machines:read machines:write', 1790769600000000, 1822305600000000);
INSERT INTO api_keys (id, name, sha256, scopes, created_at, expires_at)
VALUES ('a1c3e5g7', 'ops', '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', '*', 1790769601000000, NULL);
INSERT INTO events (sequence, at, machine_id, machine_name, type, message, request_id, actor)
VALUES (11, 1790843400250000, 'k3v9x0q2m7ab', 'web', 'running', NULL, 'req-1', 'ci');
INSERT INTO events (sequence, at, machine_id, machine_name, type, message, request_id, actor)
VALUES (12, 1790931900000000, 'p5d8w1r6t4cd', 'Build_3.x', 'failed', 'the guest''s kernel panicked:
no "root"; see the console', NULL, NULL);
INSERT INTO events (sequence, at, machine_id, machine_name, type, message, request_id, actor)
VALUES (13, 1790935200000000, 'q6e9s2u7b5gh', 'gone', 'deleted', NULL, 'req-9', 'ops');
PRAGMA user_version = 4;
