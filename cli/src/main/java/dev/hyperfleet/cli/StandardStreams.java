package dev.hyperfleet.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Standard output and error as they are: System.out would not report that its reader has gone. A write fails with
 * {@link OutputClosedException} then, and with {@link CliException} where a file cannot take it.
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

    /** What it means that a write to standard output (1) or error (2) has failed. */
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
