package dev.hyperfleet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A snapshot's archive on this computer. It may have a guest's whole memory, so only its owner can read it.
 *
 * @param path of the file
 */
record ArchiveFile(Path path) {
    /** Writes the archive of a snapshot, completely or not at all, and returns its size in bytes. */
    long export(ApiClient client, String snapshot) {
        return transferring(() -> {
            try (TransferProgress progress = new TransferProgress(snapshot, -1);
                    InputStream archive = progress.of(client.exportSnapshot(snapshot))) {
                PrivateFile.write(path, archive);
            }
            return Files.size(path);
        });
    }

    /**
     * Adds its snapshot to the server's.
     *
     * @param name another one than the archive's
     */
    JsonNode add(ApiClient client, @Nullable String name, boolean memory) {
        return transferring(() -> {
            long size = Files.size(path);
            try (TransferProgress progress = new TransferProgress(path.toString(), size);
                    InputStream content = progress.of(Files.newInputStream(path))) {
                return client.importSnapshot(name, memory, size, body -> {
                    var _ = content.transferTo(body);
                });
            }
        });
    }

    private interface Transfer<T> {
        T run() throws IOException;
    }

    private static <T> T transferring(Transfer<T> transfer) {
        try {
            return transfer.run();
        } catch (IOException failure) {
            if (failure instanceof FileSystemException || FailureText.isDiskFull(failure)) {
                throw new CliException(CliException.REFUSED, FailureText.ofFile(failure) + ".");
            }
            throw new CliException(
                    CliException.UNREACHABLE,
                    "The transfer was interrupted: %s.".formatted(FailureText.ofConnection(failure)));
        }
    }
}
