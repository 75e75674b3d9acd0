package dev.hyperfleet.core.guest;

/** What clients that are attached to a process receive. */
public sealed interface ProcessOutput {
    /**
     * It has printed something.
     *
     * @param offset of the first byte; both streams count together, in the order in which they were read
     * @param data not empty
     */
    record Piece(Stream stream, long offset, byte[] data) implements ProcessOutput {
        public long end() {
            return offset + data.length;
        }
    }

    /** It has printed something that is not kept any more: the bytes from one offset to before the other. */
    record Gap(long from, long to) implements ProcessOutput {}

    /** There is no more: the process has ended, or, without following it, this is all that there is now. */
    record End(GuestProcess process) implements ProcessOutput {}

    /** Where something was printed to; with a terminal, all is stdout. */
    enum Stream {
        STDOUT,
        STDERR
    }
}
