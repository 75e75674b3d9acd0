package dev.hyperfleet.core.guest;

import java.util.OptionalLong;

/**
 * How to read a process's output.
 *
 * @param offset of the first byte; the end of what there is where empty
 * @param follow whether to wait for further output
 * @param hold whether the process waits when its buffer is full of output that this reader has not read yet; otherwise
 * the reader loses output
 * @param limit maximum bytes of each stream; the rest is skipped. 0: all
 */
public record ReadOptions(OptionalLong offset, boolean follow, boolean hold, long limit) {
    /** All of it, to its end. */
    public static final ReadOptions ALL = new ReadOptions(OptionalLong.of(0), true, true, 0);
}
