package dev.hyperfleet.core.activity;

/** Keeps a machine awake until it is closed. Closing it again has no effect. */
public interface Hold extends AutoCloseable {
    @Override
    void close();
}
