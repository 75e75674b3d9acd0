-- What the machine's image consists of, by content: "sha256:" and 64 hexadecimal digits. NULL is not known.
ALTER TABLE machines ADD COLUMN image_digest TEXT;
-- The machine's disks, in the guest's order: see DiskJson. Those of machines that were created before had sizes that were not stored.
ALTER TABLE machines ADD COLUMN disks TEXT NOT NULL DEFAULT '[{"kind":"BASE","source":"IMAGE_ROOT","sizeMib":0},{"kind":"LAYER","source":"EMPTY","sizeMib":0}]';
