package dev.hyperfleet.core.guest;

/** What attached clients of a process receive. */
public sealed interface ProcessOutput {
    /**
     * Output of the process.
     *
     * @param offset of the first byte; both streams count together, in the order in which they were read
     * @param data not empty
     */
    record Piece(Stream stream, long offset, byte[] data) implements ProcessOutput {
        public long end() {
            return offset + data.length;
        }
    }

    /** Output that is no longer available: the bytes from one offset to before the other. */
    record Gap(long from, long to) implements ProcessOutput {}

    /** The end: the process has ended, or, without follow, this is all the output so far. */
    record End(GuestProcess process) implements ProcessOutput {}

    /** The stream of output; with a terminal, all output is stdout. */
    enum Stream {
        STDOUT,
        STDERR
    }
}
