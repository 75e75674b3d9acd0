package dev.hyperfleet.store;

import dev.hyperfleet.core.SnapshotId;
import dev.hyperfleet.core.machine.Start;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/**
 * The columns of the beginning of a machine's run.
 *
 * @param loadUs microseconds, as renewalUs
 */
record StartRow(
        String startedFrom,
        Optional<String> startSnapshot,
        long loadUs,
        long renewalUs,
        Optional<String> startObstacle) {
    private static final EnumNames<Start.From> NAMES = new EnumNames<>(Start.From.class, from -> switch (from) {
        case BOOT -> "BOOT";
        case BOOT_SNAPSHOT -> "BOOT_SNAPSHOT";
        case POOL -> "POOL";
        case SNAPSHOT -> "SNAPSHOT";
        case SUSPENSION -> "SUSPENSION";
    });

    static StartRow of(Start start) {
        return new StartRow(
                NAMES.name(start.from()),
                start.snapshot().map(SnapshotId::value),
                start.load().toNanos() / 1_000,
                start.renewal().toNanos() / 1_000,
                start.obstacle());
    }

    Start start() throws SQLException {
        return new Start(
                NAMES.constant("start", startedFrom),
                startSnapshot.map(SnapshotId::new),
                Duration.ofNanos(loadUs * 1_000),
                Duration.ofNanos(renewalUs * 1_000),
                startObstacle);
    }
}
