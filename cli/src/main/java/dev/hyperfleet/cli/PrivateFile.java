package dev.hyperfleet.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** A file with secrets, which only its owner can read. */
final class PrivateFile {
    private PrivateFile() {}

    /** Replaces the file, all of it or nothing; a failure leaves no other file. */
    static void write(Path file, byte[] content) throws IOException {
        write(file, new ByteArrayInputStream(content));
    }

    /** The same with content that is read to its end. */
    static void write(Path file, InputStream content) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".new"); // the next write removes what a crash has left
        Files.deleteIfExists(aside);
        try {
            Files.createFile(aside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (OutputStream to = Files.newOutputStream(aside)) {
                var _ = content.transferTo(to);
            }
            Files.move(aside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(aside);
        }
    }
}
