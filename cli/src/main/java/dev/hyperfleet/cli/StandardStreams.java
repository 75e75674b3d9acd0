package dev.hyperfleet.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Raw standard output and error: System.out would not report that its reader has gone. A write then fails with {@link
 * OutputClosedException}, and with {@link CliException} if it cannot be written to a file.
 */
final class StandardStreams extends OutputStream {
    static final StandardStreams OUT = new StandardStreams(FileDescriptor.out, 1);
    static final StandardStreams ERR = new StandardStreams(FileDescriptor.err, 2);

    private final OutputStream stream;
    private final int number;

    private StandardStreams(FileDescriptor descriptor, int number) {
        stream = new FileOutputStream(descriptor);
        this.number = number;
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes) {
        write(bytes, 0, bytes.length);
    }

    @Override
    public void write(byte[] from, int at, int length) {
        try {
            stream.write(from, at, length);
        } catch (IOException failure) {
            throw failed(number);
        }
    }

    /** The exception for a failed write to standard output (1) or error (2). */
    static RuntimeException failed(int number) {
        return leadsToAFile(number)
                ? new CliException(CliException.REFUSED, "The output cannot be written to its file. Is the disk full?")
                : new OutputClosedException();
    }

    private static boolean leadsToAFile(int number) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + number)).startsWith("/");
        } catch (IOException notLinux) {
            return false;
        }
    }
}
