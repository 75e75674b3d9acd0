package dev.hyperfleet.core.guest;

import java.io.InputStream;

/**
 * The content of a file, or of a folder as tar.
 *
 * @param entry of the file or folder
 * @param bytes the stream; an error of the guest is an IOException. Must be closed
 */
public record FileContent(FileEntry entry, InputStream bytes) implements AutoCloseable {
    @Override
    public void close() throws java.io.IOException {
        bytes.close();
    }
}
