package dev.hyperfleet.core.guest;

/** Watches whether processes in a guest keep its machine awake. For one thread; any may close it. */
public interface BusyWatch extends AutoCloseable {
    /** Returns the current state at first, and then waits for each change. Fails if the agent has disconnected. */
    boolean next();

    @Override
    void close();
}
