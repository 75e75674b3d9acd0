package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.disk.SparseCopy;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.DatabaseCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Makes backups of a home: the database of one moment, and the disks of machines. It needs no server, and no server has
 * to stop for it. A backup has a temporary name until it is complete and on the disk.
 */
final class Backup {
    private static final String UNFINISHED = ".unfinished";
    private static final Duration COPY_PATIENCE = Duration.ofDays(7);

    /** A file's time of change has the kernel's resolution, some milliseconds: a recent one may hide another write. */
    private static final Duration TIME_RESOLUTION = Duration.ofSeconds(1);

    private final Database database;
    private final MachineLayout layout;
    private final boolean running;
    private final Clock clock;

    /**
     * Backups of this home.
     *
     * @param running whether to copy disks of machines that run
     */
    Backup(Settings settings, boolean running, Clock clock) {
        this.database = new Database(settings.database());
        this.layout = MachineLayout.in(settings.home(), settings.socketDirectory());
        this.running = running;
        this.clock = clock;
    }

    /** Makes a backup in this folder, which must not exist. */
    BackupManifest write(Path folder) {
        requireSource();
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new HyperfleetException(
                    ErrorCode.CONFLICT, "%s exists. Name a new folder for the backup.".formatted(folder));
        }
        Path unfinished = folder.resolveSibling(folder.getFileName() + UNFINISHED);
        removeInterrupted(unfinished);
        boolean complete = false;
        try {
            BackupManifest manifest = fill(unfinished);
            force(unfinished);
            Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(folder.resolveSibling(""));
            complete = true;
            return manifest;
        } catch (IOException failure) {
            throw HostErrors.of("write the backup", folder, failure);
        } finally {
            if (!complete) {
                Folders.remove(unfinished);
            }
        }
    }

    /** A folder of that name without a database is not ours. */
    private static void removeInterrupted(Path unfinished) {
        if (Files.exists(unfinished) && !Files.exists(unfinished.resolve(BackupManifest.DATABASE))) {
            throw new HyperfleetException(
                    ErrorCode.CONFLICT, "%s exists, and is no backup. Remove it.".formatted(unfinished));
        }
        Folders.remove(unfinished);
    }

    private void requireSource() {
        if (!Files.isRegularFile(database.path())) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "There is nothing to back up: no database %s. HYPERFLEET_HOME and DATABASE_PATH must be the server's."
                            .formatted(database.path()));
        }
    }

    private BackupManifest fill(Path folder) throws IOException {
        Folders.create(folder);
        Instant now = clock.instant();
        Database copy = new Database(folder.resolve(BackupManifest.DATABASE));
        DatabaseCopy.write(database, copy.path());
        List<BackupManifest.Entry> entries = new ArrayList<>();
        for (Machine machine : DatabaseCopy.machines(copy)) {
            entries.add(copyDisk(
                    machine, MachineLayout.in(folder, folder).of(machine.id()).emptyDisk()));
        }
        BackupManifest manifest = new BackupManifest(BackupManifest.FORMAT, Build.VERSION, now.toString(), entries);
        manifest.write(folder);
        return manifest;
    }

    private BackupManifest.Entry copyDisk(Machine machine, Path target) throws IOException {
        Path disk = layout.of(machine.id()).emptyDisk();
        boolean off = !machine.status().hasVmm();
        if (!Files.exists(disk)) {
            return BackupManifest.Entry.of(machine, BackupManifest.Disk.NONE, 0);
        }
        if (!off && !running) {
            return BackupManifest.Entry.of(machine, BackupManifest.Disk.LEFT_OUT, 0);
        }
        Folders.create(target.resolveSibling(""));
        boolean ofOneMoment = copy(disk, target);
        boolean stayedOff =
                off && DatabaseCopy.version(database, machine.id()).equals(OptionalLong.of(machine.version()));
        if (!stayedOff && !ofOneMoment) {
            Files.deleteIfExists(target);
            return BackupManifest.Entry.of(machine, BackupManifest.Disk.LEFT_OUT, 0);
        }
        return BackupManifest.Entry.of(
                machine,
                stayedOff ? BackupManifest.Disk.STOPPED : BackupManifest.Disk.CRASH_CONSISTENT,
                Files.size(target));
    }

    /** Copies a disk; whether the copy is the disk of one moment, even if its machine ran. */
    private boolean copy(Path disk, Path target) throws IOException {
        try {
            FileTime before = Files.getLastModifiedTime(disk);
            boolean quiet = before.toInstant().isBefore(clock.instant().minus(TIME_RESOLUTION));
            boolean cloned = new SparseCopy(MonotonicClock.SYSTEM).copy(disk, target, COPY_PATIENCE);
            return cloned || (quiet && Files.getLastModifiedTime(disk).equals(before));
        } catch (NoSuchFileException deleted) {
            return false; // with its machine
        } catch (TimeoutException late) {
            throw new IOException("copying " + disk + " takes more than a week", late);
        }
    }

    /** Returns when all of it is on the disk. */
    private static void force(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                Folders.sync(file);
            }
        }
    }
}
