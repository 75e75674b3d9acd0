package dev.hyperfleet.core.guest;

/** Tells whether processes run in a guest that keep its machine awake. For one thread; any may close it. */
public interface BusyWatch extends AutoCloseable {
    /** What is so at first, and then what has changed; waits for it. Fails when the agent has gone. */
    boolean next();

    @Override
    void close();
}
