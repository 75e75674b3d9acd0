package dev.hyperfleet.core.guest;

import java.util.OptionalLong;

/**
 * How to read a process's output.
 *
 * @param offset where to begin; the end of what there is where empty
 * @param follow whether to wait for what will be printed
 * @param hold whether the process waits when its buffer is full of what this reader has not taken yet;
 *     otherwise the reader loses it
 * @param limit how many bytes of each stream are of interest; the rest is passed over. 0: all
 */
public record ReadOptions(OptionalLong offset, boolean follow, boolean hold, long limit) {
    /** All of it, to its end. */
    public static final ReadOptions ALL = new ReadOptions(OptionalLong.of(0), true, true, 0);
}
