package dev.hyperfleet.core;

/** Holds a machine awake until it is closed. Closing it again does nothing. */
public interface Hold extends AutoCloseable {
    @Override
    void close();
}
