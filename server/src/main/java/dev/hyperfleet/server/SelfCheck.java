package dev.hyperfleet.server;

import dev.hyperfleet.api.system.ServerCondition;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.host.disk.DiskSpace;
import dev.hyperfleet.store.DatabaseWriter;
import dev.hyperfleet.store.SqliteApiKeyStore;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks on request whether the server works. */
final class SelfCheck {
    private static final Logger LOG = LoggerFactory.getLogger("server");

    private final SqliteApiKeyStore keys;
    private final DatabaseWriter writer;
    private final DiskSpace space;

    SelfCheck(SqliteApiKeyStore keys, DatabaseWriter writer, DiskSpace space) {
        this.keys = keys;
        this.writer = writer;
        this.space = space;
    }

    /**
     * Reports the space for machines and database in the metrics, and logs when there is too little, or enough again.
     */
    static DiskSpace watch(Path machines, Path database, long minimumBytes, PrometheusRegistry metrics) {
        DiskSpace space = new DiskSpace(
                List.of(new DiskSpace.Place("machines", machines), new DiskSpace.Place("database", database)),
                minimumBytes,
                SelfCheck::log);
        GaugeWithCallback.builder()
                .name("hyperfleet_disk_free_bytes")
                .help("Free space of the file systems that the server writes to.")
                .unit(Unit.BYTES)
                .labelNames("holds")
                .callback(gauge ->
                        space.read().forEach(reading -> gauge.call((double) reading.freeBytes(), reading.holds())))
                .register(metrics);
        GaugeWithCallback.builder()
                .name("hyperfleet_disk_size_bytes")
                .help("Size of those file systems.")
                .unit(Unit.BYTES)
                .labelNames("holds")
                .callback(gauge ->
                        space.read().forEach(reading -> gauge.call((double) reading.sizeBytes(), reading.holds())))
                .register(metrics);
        GaugeWithCallback.builder()
                .name("hyperfleet_disk_free_minimum_bytes")
                .help("With less free space than this no machine is created or started.")
                .unit(Unit.BYTES)
                .callback(gauge -> gauge.call((double) minimumBytes))
                .register(metrics);
        return space;
    }

    private static void log(DiskSpace.Reading reading) {
        if (reading.isLow()) {
            LOG.atWarn().addKeyValue("free_bytes", reading.freeBytes()).log(reading.describe());
        } else {
            LOG.atInfo()
                    .addKeyValue("free_bytes", reading.freeBytes())
                    .log("The file system that holds the %s has enough free space again.".formatted(reading.holds()));
        }
    }

    ServerCondition look() {
        Optional<String> space = this.space.shortage().map(DiskSpace.Reading::describe);
        try {
            var _ = keys.keys();
        } catch (HyperfleetException unreadable) {
            LOG.atError().setCause(unreadable).log("the database cannot be read");
            return new ServerCondition(
                    Optional.of("The database cannot be read. The server's log has the " + "reason."), space);
        }
        return new ServerCondition(writer.obstacle().map(SelfCheck::describe), space);
    }

    /** Without the path, which is not public. */
    private static String describe(HyperfleetException obstacle) {
        if (obstacle.code() == ErrorCode.INSUFFICIENT_STORAGE) {
            return "The database's disk is full, so nothing new can be stored. Machines can be stopped and deleted, and keys revoked.";
        }
        LOG.atError().setCause(obstacle).log("the database cannot be written");
        return "The database cannot be written. The server's log has the reason.";
    }
}
