package dev.hyperfleet.server;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.host.Folders;
import dev.hyperfleet.host.HostErrors;
import dev.hyperfleet.host.MachineLayout;
import dev.hyperfleet.host.disk.SparseCopy;
import dev.hyperfleet.host.image.FileDigests;
import dev.hyperfleet.host.image.ImageFiles;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.DatabaseCopy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Restores a {@link Backup} into a home without a database and without machines. */
final class Restore {
    private static final Duration COPY_PATIENCE = Duration.ofDays(7);

    private final Settings settings;
    private final MachineLayout layout;

    Restore(Settings settings) {
        this.settings = settings;
        this.layout = MachineLayout.in(settings.home(), settings.socketDirectory());
    }

    /** Restores it. After a failure nothing of it is left in the home. */
    BackupManifest from(Path folder) {
        BackupManifest manifest = BackupManifest.read(folder);
        Path copy = folder.resolve(BackupManifest.DATABASE);
        String fleet = DatabaseCopy.check(new Database(copy));
        Folders.createHome(settings.home());
        HeldLock lock = HomeLock.acquire(settings.home());
        try (lock) {
            requireEmpty();
            requireNoneRuns(fleet);
            boolean complete = false;
            try {
                for (BackupManifest.Entry machine : manifest.machines()) {
                    restoreDisk(machine, folder);
                }
                copy(copy, settings.database()); // last: without it the home is empty to a server
                complete = true;
            } finally {
                if (!complete) {
                    Folders.remove(layout.machines());
                }
            }
        }
        return manifest;
    }

    private void requireEmpty() {
        if (Files.exists(settings.database())) {
            throw notEmpty("the database " + settings.database());
        }
        if (!Folders.machines(layout.machines()).isEmpty()) {
            throw notEmpty("machines in " + layout.machines());
        }
    }

    private HyperfleetException notEmpty(String what) {
        return new HyperfleetException(
                ErrorCode.CONFLICT,
                "A backup is restored into an empty home only, and there is %s. Move it away, or set HYPERFLEET_HOME to another folder."
                        .formatted(what));
    }

    /** Two servers with one identity would take each other's machines for their own. */
    private void requireNoneRuns(String fleet) {
        Path sockets = settings.socketDirectory().resolve("hyperfleet-" + fleet);
        if (!Folders.machines(sockets).isEmpty()) {
            throw new HyperfleetException(
                    ErrorCode.CONFLICT,
                    ("Machines of the server that was backed up run on this host (%s). Stop them with that server, or "
                                    + "remove that folder if none runs.")
                            .formatted(sockets));
        }
    }

    private void restoreDisk(BackupManifest.Entry machine, Path folder) {
        if (!MachineId.isValid(machine.id())) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "%s is damaged. Use another backup.".formatted(folder));
        }
        if (machine.diskBytes() == 0) {
            return;
        }
        MachineId id = new MachineId(machine.id());
        Path source = MachineLayout.in(folder, folder).of(id).emptyDisk();
        Path disk = layout.of(id).emptyDisk();
        if (!Files.isRegularFile(source) || source.toFile().length() != machine.diskBytes()) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "%s is not complete: %s should have %d bytes. Use another backup."
                            .formatted(folder, source, machine.diskBytes()));
        }
        Folders.create(layout.of(id).directory());
        copy(source, disk);
    }

    private static void copy(Path source, Path target) {
        try {
            var _ = new SparseCopy(MonotonicClock.SYSTEM).copy(source, target, COPY_PATIENCE);
        } catch (IOException | TimeoutException failure) {
            throw HostErrors.of("restore", target, failure);
        }
    }

    /** What machines boot from and is not here, or is not what it was: one sentence for each. */
    List<String> imageTrouble(BackupManifest manifest) {
        FileDigests digests = new FileDigests(settings.home().resolve("image-digests.json"));
        List<String> trouble = new ArrayList<>();
        manifest.machines().stream()
                .map(BackupManifest.Entry::boot)
                .distinct()
                .forEach(boot -> trouble(boot, digests).ifPresent(trouble::add));
        return trouble;
    }

    private static Optional<String> trouble(BackupManifest.Boot boot, FileDigests digests) {
        Path kernel = Path.of(boot.kernel());
        Path rootfs = Path.of(boot.rootfs());
        Optional<Path> missing = Stream.concat(Stream.of(kernel, rootfs), boot.initrd().stream())
                .filter(file -> !Files.isReadable(file))
                .findFirst();
        if (missing.isPresent()) {
            return Optional.of(
                    "%s is missing: machines boot from it. Copy it from the old host.".formatted(missing.get()));
        }
        Optional<String> found = ImageFiles.read(kernel, boot.kernelArgs(), boot.initrd(), rootfs, digests)
                .digest();
        return boot.digest() == null || found.equals(Optional.of(boot.digest()))
                ? Optional.empty()
                : Optional.of(("%s, or its kernel or initramfs, is not the one that machines had. A machine may not "
                                + "boot with another root file system: copy the images from the old host.")
                        .formatted(rootfs));
    }
}
