package dev.hyperfleet.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;

/** Standard output and error as they are: System.out would not tell that nobody reads it any more. */
final class StandardStreams {
    static final OutputStream OUT = new FileOutputStream(FileDescriptor.out);
    static final OutputStream ERR = new FileOutputStream(FileDescriptor.err);

    private StandardStreams() {}
}
