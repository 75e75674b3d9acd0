package dev.hyperfleet.core.control;

/** The server's process ended here. */
public final class SimulatedCrash extends Error {
    private static final long serialVersionUID = 1L;
}
