package dev.hyperfleet.core.host;

/** Optional features of VMMs. */
public enum Capability {
    /** Halting a guest's CPUs and letting them continue. */
    PAUSE,
    /** Saving a guest's memory, and continuing from it. */
    SNAPSHOT
}
