-- How much memory the machine's image needs to boot. 0 is not known.
ALTER TABLE machines ADD COLUMN least_mem_size_mib INTEGER NOT NULL DEFAULT 0;
