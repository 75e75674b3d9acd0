package dev.hyperfleet.host.disk;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The free space of the file systems that the server writes to. It is read each time, which takes microseconds.
 * Safe for concurrent use.
 */
public final class DiskSpace {
    private static final long MIB = 1024 * 1024;

    private final List<Place> places;
    private final long minimumBytes;
    private final Consumer<Reading> crossed;
    private final Set<String> low = new HashSet<>(); // as of the last reading; guarded by this

    /**
     * A folder that the server writes to.
     *
     * @param holds what is in it: "machines"
     */
    public record Place(String holds, Path folder) {
        /** The bytes that an ordinary user could still write. */
        private long freeBytes() {
            long free = folder.toFile().getUsableSpace();
            return free == 0 && folder.toFile().getTotalSpace() == 0 ? Long.MAX_VALUE : free; // some do not report it
        }
    }

    /**
     * The free space of a file system.
     *
     * @param holds what is in it: "machines"
     * @param freeBytes the bytes that an ordinary user could still write
     * @param sizeBytes all of it
     */
    public record Reading(String holds, long freeBytes, long sizeBytes, long minimumBytes) {
        /** Whether it is below the minimum. */
        public boolean isLow() {
            return freeBytes < minimumBytes;
        }

        /** The problem, and what to do. Names no path, since it is public. */
        public String describe() {
            return ("The file system that holds the %s has %d MiB free. With less than %d MiB "
                            + "(HYPERFLEET_MIN_FREE_DISK_MIB) no machine"
                            + " is created or started. Delete machines, or free some space.")
                    .formatted(holds, freeBytes / MIB, minimumBytes / MIB);
        }
    }

    /**
     * The space of these places.
     *
     * @param minimumBytes that each should have; 0 for no minimum
     * @param crossed called with each reading that crosses the minimum, in either direction
     */
    public DiskSpace(List<Place> places, long minimumBytes, Consumer<Reading> crossed) {
        this.places = List.copyOf(places);
        this.minimumBytes = minimumBytes;
        this.crossed = crossed;
    }

    /** What there is now. */
    public List<Reading> read() {
        List<Reading> readings = places.stream()
                .map(place -> new Reading(
                        place.holds(),
                        place.freeBytes(),
                        place.folder().toFile().getTotalSpace(),
                        minimumBytes))
                .toList();
        readings.stream().filter(this::crosses).forEach(crossed);
        return readings;
    }

    private synchronized boolean crosses(Reading reading) {
        return reading.isLow() ? low.add(reading.holds()) : low.remove(reading.holds());
    }

    /** Whether none would be below the minimum if it had this many bytes less. */
    boolean isEnoughBeside(long bytes) {
        return read().stream().allMatch(reading -> reading.freeBytes() - bytes >= reading.minimumBytes());
    }

    /** One that is below the minimum. */
    public Optional<Reading> shortage() {
        return read().stream().filter(Reading::isLow).findFirst();
    }

    /**
     * Refuses operations that need space if there is too little.
     *
     * @throws HyperfleetException {@link ErrorCode#INSUFFICIENT_STORAGE}
     */
    void require() {
        shortage().ifPresent(reading -> {
            throw new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, reading.describe());
        });
    }
}
