package dev.hyperfleet.store;

/** How much of the {@link Reserve} a write may use when the disk is full. */
enum Importance {
    /** None of it, and it is refused as long as the reserve is not complete: for new things. */
    ORDINARY(Reserve.SIZE),
    /** Half of it: for records of what has been done. */
    RECORD(Reserve.SIZE / 2),
    /** All of it: for changes of existing machines and keys. */
    VITAL(0);

    private final long reserved;

    Importance(long reserved) {
        this.reserved = reserved;
    }

    /** Bytes of the reserve that are left for more important writes. */
    long reserved() {
        return reserved;
    }
}
