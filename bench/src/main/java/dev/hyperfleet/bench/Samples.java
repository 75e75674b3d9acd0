package dev.hyperfleet.bench;

import java.util.Arrays;

/** Durations that were measured, in nanoseconds. */
final class Samples {
    private static final double NANOSECONDS_IN_MILLISECOND = 1e6;
    private static final int INITIAL_CAPACITY = 1024;

    private long[] values = new long[INITIAL_CAPACITY];
    private int size;

    void add(long nanoseconds) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = nanoseconds;
    }

    void addAll(Samples others) {
        for (int i = 0; i < others.size; i++) {
            add(others.values[i]);
        }
    }

    int size() {
        return size;
    }

    /** In milliseconds, by nearest rank: with few samples, the 99th percentile is the worst. */
    double percentile(int percent) {
        if (size == 0) {
            throw new IllegalStateException("nothing was measured");
        }
        long[] sorted = Arrays.copyOf(values, size);
        Arrays.sort(sorted);
        int rank = (int) Math.ceilDiv((long) size * percent, 100L);
        return sorted[rank - 1] / NANOSECONDS_IN_MILLISECOND;
    }

    /** Both percentiles, for people. */
    String describe() {
        return "p50 %.2f ms, p99 %.2f ms, worst %.2f ms (%d samples)"
                .formatted(percentile(50), percentile(99), percentile(100), size);
    }
}
