package dev.hyperfleet.core.host;

/** What not every VMM can do. */
public enum Capability {
    /** To halt a guest's CPUs and let them continue. */
    PAUSE
}
