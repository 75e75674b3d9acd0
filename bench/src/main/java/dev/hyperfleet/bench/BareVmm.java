package dev.hyperfleet.bench;

import java.io.IOException;

/** The baseline for a start: the same machine on the same VMM, launched without a control plane. */
interface BareVmm extends AutoCloseable {
    /** What it is, for people. */
    String title();

    /**
     * Launches it, waits for the agent, and powers the guest off again; returns how long the first two took, in
     * nanoseconds.
     */
    long measureStart() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
