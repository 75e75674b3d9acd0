package dev.hyperfleet.core.activity;

/** Holds a machine awake until it is closed. Closing it again does nothing. */
public interface Hold extends AutoCloseable {
    @Override
    void close();
}
