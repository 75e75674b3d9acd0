package dev.hyperfleet.host;

import dev.hyperfleet.core.SnapshotId;
import java.nio.file.Path;

/**
 * Where snapshots are on the host: a folder for each, which has another name until it is complete.
 *
 * @param snapshots the folder with each snapshot's folder
 */
public record SnapshotLayout(Path snapshots) {
    /** What the name of an incomplete snapshot's folder ends with. */
    public static final String UNFINISHED = ".new";

    private static final String SNAPSHOTS = "snapshots";

    /** The layout of this home. */
    public static SnapshotLayout in(Path home) {
        return new SnapshotLayout(home.resolve(SNAPSHOTS));
    }

    /**
     * The files of one snapshot.
     *
     * @param directory their folder
     */
    public record Paths(Path directory) {
        /** The copy of the machine's own disk. */
        public Path disk() {
            return directory.resolve("disk.ext4");
        }

        /** The guest's memory, each byte at its address; pages of zeros are holes. VMMs map it. */
        public Path memory() {
            return directory.resolve("memory");
        }

        /** The state of the guest's CPUs and devices, as the VMM has written it. */
        public Path devices() {
            return directory.resolve("devices");
        }

        /** Which VMMs can load the memory of a suspended machine. */
        public Path format() {
            return directory.resolve("format");
        }
    }

    public Paths of(SnapshotId id) {
        return new Paths(snapshots.resolve(id.value()));
    }

    /** The files of a snapshot that is being made. */
    public Paths unfinished(SnapshotId id) {
        return new Paths(snapshots.resolve(id.value() + UNFINISHED));
    }
}
