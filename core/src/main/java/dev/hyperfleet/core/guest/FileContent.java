package dev.hyperfleet.core.guest;

import java.io.InputStream;

/**
 * A file that is read, or a folder as tar.
 *
 * @param entry of the file or folder
 * @param bytes as they come; an error of the guest is an IOException. Must be closed
 */
public record FileContent(FileEntry entry, InputStream bytes) implements AutoCloseable {
    @Override
    public void close() throws java.io.IOException {
        bytes.close();
    }
}
