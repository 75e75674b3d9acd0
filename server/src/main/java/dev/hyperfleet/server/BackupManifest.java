package dev.hyperfleet.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is in a backup: the file {@value #FILE} in its folder, which is written last.
 *
 * @param format of the backup, {@value #FORMAT}
 * @param hyperfleet the version that made it
 * @param createdAt when its database was copied, in RFC 3339
 */
record BackupManifest(int format, String hyperfleet, String createdAt, List<Entry> machines) {
    static final int FORMAT = 1;
    static final String FILE = "backup.json";
    static final String DATABASE = "hyperfleet.db";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** How a machine's own disk is in the backup. */
    enum Disk {
        /** The machine was off all the time. */
        STOPPED("as it was when the machine was off"),
        /** The machine ran or was paused. The disk is that of one moment, as after a power cut. */
        CRASH_CONSISTENT("as after a power cut"),
        /** It was not asked for, or changed while it was copied. */
        LEFT_OUT("LEFT OUT"),
        /** The machine had not been started yet. */
        NONE("has none yet");

        private final String text;

        Disk(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /**
     * A machine.
     *
     * @param diskBytes the size of the disk's file, holes included; 0 without one
     */
    record Entry(String id, String name, String status, Disk disk, long diskBytes, Boot boot) {
        static Entry of(Machine machine, Disk disk, long diskBytes) {
            return new Entry(
                    machine.id().value(),
                    machine.spec().name(),
                    machine.status().text(),
                    disk,
                    diskBytes,
                    Boot.of(machine.spec().image()));
        }
    }

    /** The files that a machine boots from. They are not in the backup. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Boot(
            @Nullable String digest,
            String kernel,
            String kernelArgs,
            @Nullable String initramfs,
            String rootfs) {
        static Boot of(Image image) {
            return new Boot(
                    image.digest().orElse(null),
                    image.kernel().toString(),
                    image.kernelArgs(),
                    image.initrd().map(Path::toString).orElse(null),
                    image.rootfs().toString());
        }

        Optional<Path> initrd() {
            return Optional.ofNullable(initramfs).map(Path::of);
        }
    }

    void write(Path folder) throws IOException {
        Path file = Files.createFile(
                folder.resolve(FILE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, JSON.writeValueAsBytes(this));
    }

    /** Reads it, and refuses what is no complete backup that this version can restore. */
    static BackupManifest read(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            BackupManifest manifest = JSON.readValue(Files.readAllBytes(file), BackupManifest.class);
            if (manifest.format != FORMAT) {
                throw new HyperfleetException(
                        ErrorCode.BAD_REQUEST,
                        "%s is a backup of format %d; this version restores format %d. Upgrade Hyperfleet."
                                .formatted(folder, manifest.format, FORMAT));
            }
            return manifest;
        } catch (NoSuchFileException none) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "%s is not a complete backup: it has no %s.".formatted(folder, FILE), none);
        } catch (JacksonException damaged) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "%s is damaged. Use another backup.".formatted(file), damaged);
        } catch (IOException failure) {
            throw HostErrors.of("read", file, failure);
        }
    }
}
