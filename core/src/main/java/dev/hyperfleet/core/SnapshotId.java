package dev.hyperfleet.core;

import java.util.random.RandomGenerator;

/** A snapshot's id, of the form of a {@link MachineId}. Its folder on the host is named after it. */
public record SnapshotId(String value) {
    public SnapshotId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("not a snapshot id: " + value);
        }
    }

    /** Whether the text has the form of an id; any other text cannot be one. */
    public static boolean isValid(String text) {
        return MachineId.isValid(text);
    }

    public static SnapshotId random(RandomGenerator random) {
        return new SnapshotId(MachineId.random(random).value());
    }

    @Override
    public String toString() {
        return value;
    }
}
