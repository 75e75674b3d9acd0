package dev.hyperfleet.store;

/** How much of the {@link Reserve} a write may take when the disk is full. */
enum Importance {
    /** Nothing of it, and it is refused as long as the reserve is not whole: something new. */
    ORDINARY(Reserve.SIZE),
    /** Half of it: what is noted of something that has been done. */
    RECORD(Reserve.SIZE / 2),
    /** All of it: what becomes of machines and keys that are there. */
    VITAL(0);

    private final long reserved;

    Importance(long reserved) {
        this.reserved = reserved;
    }

    /** Bytes of the reserve that are for more important writes. */
    long reserved() {
        return reserved;
    }
}
