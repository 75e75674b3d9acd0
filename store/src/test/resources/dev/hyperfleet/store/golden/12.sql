-- A database of schema 6.
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
  DEFAULT '{"sleep":{"autostop":"OFF","idleTimeout":"PT5M","autostart":false},"restart":{"when":"NO","maxRetries":10},"checks":[],"timeToLive":null}', restart_count INTEGER NOT NULL DEFAULT 0, restart_at INTEGER, owner TEXT, version INTEGER NOT NULL DEFAULT 1, least_mem_size_mib INTEGER NOT NULL DEFAULT 0, image_digest TEXT, disks TEXT NOT NULL DEFAULT '[{"kind":"BASE","source":"IMAGE_ROOT","sizeMib":0},{"kind":"LAYER","source":"EMPTY","sizeMib":0}]', starts_from TEXT, owner_key_id TEXT, warm_start INTEGER NOT NULL DEFAULT 1, started_from TEXT, start_snapshot TEXT, load_us INTEGER, renewal_us INTEGER, start_obstacle TEXT, image_reference TEXT, image_source_digest TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL, -- separated by spaces
  created_at INTEGER NOT NULL,
  expires_at INTEGER
, max_machines INTEGER, max_running INTEGER, max_vcpus INTEGER, max_mem_size_mib INTEGER, retired_sha256 TEXT, retired_until INTEGER, max_snapshots INTEGER, max_snapshot_mib INTEGER) STRICT, WITHOUT ROWID;
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
CREATE TABLE idempotent_requests (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL, -- the API key's id, empty where keys are not checked
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  machine_id TEXT, -- the machine that was changed for it, in one transaction with this row
  created_at INTEGER NOT NULL,
  -- The answer: all of these, or none.
  status INTEGER,
  headers TEXT, -- JSON
  body BLOB,
  UNIQUE (owner, key)
) STRICT;
CREATE INDEX idempotent_requests_age ON idempotent_requests (created_at);
CREATE INDEX idempotent_requests_owner ON idempotent_requests (owner, sequence);
CREATE TABLE leases (
  machine_id TEXT PRIMARY KEY,
  nonce TEXT NOT NULL,
  owner TEXT,
  description TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  key_id TEXT,
  key_name TEXT,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  machine_id TEXT,
  client TEXT NOT NULL,
  request_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  omitted INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TABLE audit_ends (
  anchor_sequence INTEGER NOT NULL,
  anchor_hash TEXT NOT NULL,
  head_sequence INTEGER NOT NULL,
  head_hash TEXT NOT NULL
) STRICT;
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
, warm_start INTEGER NOT NULL DEFAULT 1, boots TEXT, image_reference TEXT, image_source_digest TEXT) STRICT, WITHOUT ROWID;
INSERT INTO sqlite_sequence (name, seq)
VALUES ('events', 14);
INSERT INTO sqlite_sequence (name, seq)
VALUES ('idempotent_requests', 6);
INSERT INTO fleet (id, link_key)
VALUES ('c0ffee42', X'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at, slot, tap_device, tap_ip, private_ip, public_ports, automation, restart_count, restart_at, owner, version, least_mem_size_mib, image_digest, disks)
VALUES ('k3v9x0q2m7ab', 1, 'web', 4, 2048, '8080,5432,22', '/srv/images/vmlinux', 'console=ttyS0 quiet', '/srv/images/initramfs', '/srv/images/debian.ext4', 'running', NULL, 4711, 987654, '01234567-89ab-cdef-0123-456789abcdef', '/run/hyperfleet/k3v9x0q2m7ab/vmm.sock', '172.16.0.2', 'AA:FC:00:00:00:01', 1, 1790841601000001, 1790843400250000, 2, 'tap0', '172.16.0.1', '10.213.0.4', '22,8080', '{"sleep":{"autostop":"PAUSE","idleTimeout":"PT1M30S","autostart":true},"restart":{"when":"ON_FAILURE","maxRetries":7},"checks":[{"name":"page","kind":"HTTP","port":8080,"path":"/healthz?full=1","command":[],"interval":"PT15S","timeout":"PT3S","grace":"PT20S","healthyAfter":2,"unhealthyAfter":4,"gate":true},{"name":"db","kind":"TCP","port":5432,"path":null,"command":[],"interval":"PT10S","timeout":"PT2S","grace":"PT30S","healthyAfter":1,"unhealthyAfter":3,"gate":false},{"name":"queue","kind":"EXEC","port":null,"path":null,"command":["sh","-c","test -e /run/queue"],"interval":"PT1M","timeout":"PT5S","grace":"PT0S","healthyAfter":1,"unhealthyAfter":5,"gate":false}],"timeToLive":{"expiresAt":"2026-12-01T00:00:00.500Z","delete":true}}', 0, NULL, 'ci', 7, 96, 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '[{"kind":"BASE","source":"IMAGE_ROOT","sizeMib":245},{"kind":"LAYER","source":"EMPTY","sizeMib":16384}]');
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at, slot, tap_device, tap_ip, private_ip, public_ports, automation, restart_count, restart_at, owner, version, least_mem_size_mib, image_digest, disks)
VALUES ('p5d8w1r6t4cd', 3, 'Build_3.x', 1, 256, '', '/srv/old, images/vmlinux', '', NULL, '/srv/old, images/root.ext4', 'failed', 'the guest''s kernel panicked:
no "root"; see the console', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1790931600000000, 1790931900000000, 0, NULL, NULL, NULL, '', '{"sleep":{"autostop":"STOP","idleTimeout":"PT168H","autostart":false},"restart":{"when":"ALWAYS","maxRetries":1000},"checks":[],"timeToLive":{"expiresAt":"2027-01-01T00:00:00Z","delete":false}}', 2, 1790931904000000, NULL, 3, 0, NULL, '[{"kind":"BASE","source":"IMAGE_ROOT","sizeMib":0},{"kind":"LAYER","source":"EMPTY","sizeMib":0}]');
INSERT INTO machines (id, sequence, name, vcpu_count, mem_size_mib, exposed_ports, kernel_image_path, kernel_args, initrd_path, rootfs_path, status, error_message, pid, pid_start_time, boot_id, socket_path, guest_ip, guest_mac, egress, created_at, updated_at, slot, tap_device, tap_ip, private_ip, public_ports, automation, restart_count, restart_at, owner, version, least_mem_size_mib, image_digest, disks)
VALUES ('z0y1x2w3v4ef', 4, 'fresh', 2, 512, '80', '/srv/images/vmlinux', '', '/srv/images/initramfs', '/srv/images/debian.ext4', 'pending', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1791021600000000, 1791021600000000, 1, NULL, NULL, NULL, '', '{"sleep":{"autostop":"OFF","idleTimeout":"PT5M","autostart":false},"restart":{"when":"NO","maxRetries":10},"checks":[],"timeToLive":null}', 0, NULL, 'ops', 1, 128, NULL, '[{"kind":"BASE","source":"IMAGE_ROOT","sizeMib":246},{"kind":"LAYER","source":"EMPTY","sizeMib":8192}]');
INSERT INTO api_keys (id, name, sha256, scopes, created_at, expires_at, max_machines, max_running, max_vcpus, max_mem_size_mib, max_snapshots, max_snapshot_mib)
VALUES ('k7h2m9q4', 'ci', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'machines:read machines:write', 1790769600000000, 1822305600000000, 20, 10, 16, 32768, 30, 2048);
INSERT INTO api_keys (id, name, sha256, scopes, created_at, expires_at, max_machines, max_running, max_vcpus, max_mem_size_mib)
VALUES ('a1c3e5g7', 'ops', '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', '*', 1790769601000000, NULL, NULL, NULL, NULL, NULL);
INSERT INTO events (sequence, at, machine_id, machine_name, type, message, request_id, actor)
VALUES (11, 1790843400250000, 'k3v9x0q2m7ab', 'web', 'running', NULL, 'req-1', 'ci');
INSERT INTO events (sequence, at, machine_id, machine_name, type, message, request_id, actor)
VALUES (12, 1790931900000000, 'p5d8w1r6t4cd', 'Build_3.x', 'failed', 'the guest''s kernel panicked:
no "root"; see the console', NULL, NULL);
INSERT INTO events (sequence, at, machine_id, machine_name, type, message, request_id, actor)
VALUES (13, 1790935200000000, 'q6e9s2u7b5gh', 'gone', 'deleted', NULL, 'req-9', 'ops');
INSERT INTO idempotent_requests (sequence, owner, key, fingerprint, machine_id, created_at, status, headers, body)
VALUES (5, 'k7h2m9q4', 'create-1', '4f2a', 'k3v9x0q2m7ab', 1790841601000000, 201, '{"Location":"/machines/k3v9x0q2m7ab"}', X'7b226964223a226b337639783071326d376162227d');
INSERT INTO idempotent_requests (sequence, owner, key, fingerprint, machine_id, created_at, status, headers, body)
VALUES (6, '', 'start-1', '77aa', NULL, 1790843399000000, NULL, NULL, NULL);
INSERT INTO leases (machine_id, nonce, owner, description, created_at, expires_at)
VALUES ('k3v9x0q2m7ab', 'n0nc3', 'ci', 'deploy 42', 1790841602000000, 1790845202000000);
INSERT INTO audit (sequence, at, key_id, key_name, method, route, machine_id, client, request_id, status, omitted, hash)
VALUES (2, 1790843400000001, 'k7h2m9q4', 'ci', 'POST', '/machines/{id}/start', 'k3v9x0q2m7ab', '192.0.2.7', 'req-1', 202, 0, '5a0b0d2261c0d1d33069174bc5da7f325deb12bbae31e49fce36e148f159bfd4');
INSERT INTO audit (sequence, at, key_id, key_name, method, route, machine_id, client, request_id, status, omitted, hash)
VALUES (3, 1790845200000000, NULL, NULL, 'OMITTED', 'refused requests', NULL, 'server', '', 0, 41, 'e6b0e68d0106ef4579eb237bc63909e3910c2c1970f8027ccf65f43fabd1eb66');
INSERT INTO audit_ends (anchor_sequence, anchor_hash, head_sequence, head_hash)
VALUES (1, 'b567bd4008f8454ef72d3adde86da45c6fd12ccc37c305af9fcf18f1489a0d82', 3, 'e6b0e68d0106ef4579eb237bc63909e3910c2c1970f8027ccf65f43fabd1eb66');
UPDATE machines SET starts_from = 's8n2p4h6t0ab' WHERE id = 'z0y1x2w3v4ef';
INSERT INTO snapshots (id, name, labels, machine_id, machine_name, vcpu_count, mem_size_mib, exposed_ports, public_ports, automation, image_digest, kernel_image_path, kernel_args, initrd_path, rootfs_path, least_mem_size_mib, disks, vmm, memory_bytes, disk_bytes, halted_us, temporary, owner, owner_key_id, created_at)
VALUES ('s8n2p4h6t0ab', 'before-the-upgrade', '{"env":"prod"}', 'k3v9x0q2m7ab', 'web', 4, 2048, '8080,5432,22', '22,8080', '{"sleep":{"autostop":"PAUSE","idleTimeout":"PT1M30S","autostart":true},"restart":{"when":"ON_FAILURE","maxRetries":7},"checks":[{"name":"page","kind":"HTTP","port":8080,"path":"/healthz?full=1","command":[],"interval":"PT15S","timeout":"PT3S","grace":"PT20S","healthyAfter":2,"unhealthyAfter":4,"gate":true},{"name":"db","kind":"TCP","port":5432,"path":null,"command":[],"interval":"PT10S","timeout":"PT2S","grace":"PT30S","healthyAfter":1,"unhealthyAfter":3,"gate":false},{"name":"queue","kind":"EXEC","port":null,"path":null,"command":["sh","-c","test -e /run/queue"],"interval":"PT1M","timeout":"PT5S","grace":"PT0S","healthyAfter":1,"unhealthyAfter":5,"gate":false}],"timeToLive":{"expiresAt":"2026-12-01T00:00:00.500Z","delete":true}}', 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '/srv/images/vmlinux', 'console=ttyS0 quiet', '/srv/images/initramfs', '/srv/images/debian.ext4', 96, '[{"kind":"BASE","source":"IMAGE_ROOT","sizeMib":245},{"kind":"LAYER","source":"EMPTY","sizeMib":16384}]', 'QEMU 7.2.22, emulated CPU', 74761945, 368640, 533804, 0, 'ci', 'k7h2m9q4', 1790843700000000);
UPDATE api_keys SET retired_sha256 = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae', retired_until = 1790856000000000 WHERE id = 'k7h2m9q4';
UPDATE machines SET owner_key_id = 'k7h2m9q4' WHERE id = 'k3v9x0q2m7ab';
UPDATE machines SET owner_key_id = 'a1c3e5g7' WHERE id = 'z0y1x2w3v4ef';
UPDATE machines SET started_from = 'SNAPSHOT', start_snapshot = 's8n2p4h6t0ab', load_us = 62417, renewal_us = 281250, start_obstacle = 'The VMM has ended' WHERE id = 'k3v9x0q2m7ab';
UPDATE machines SET warm_start = 0 WHERE id = 'z0y1x2w3v4ef';
UPDATE snapshots SET boots = '5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9' WHERE id = 's8n2p4h6t0ab';
UPDATE machines SET image_reference = 'docker.io/library/python:3.13', image_source_digest = 'sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210' WHERE id = 'k3v9x0q2m7ab';
UPDATE snapshots SET image_reference = 'docker.io/library/python:3.13', image_source_digest = 'sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210' WHERE id = 's8n2p4h6t0ab';
PRAGMA user_version = 12;
