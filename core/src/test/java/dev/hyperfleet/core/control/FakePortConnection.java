package dev.hyperfleet.core.control;

import dev.hyperfleet.core.guest.PortConnection;
import java.time.Duration;

/** A connection without traffic. */
final class FakePortConnection implements PortConnection {
    @Override
    public int read(byte[] buffer, int offset, int length, Duration timeout) {
        return -1;
    }

    @Override
    public void write(byte[] buffer, int offset, int length) {
        throw new UnsupportedOperationException("not used in these tests");
    }

    @Override
    public void endOutput() {
        throw new UnsupportedOperationException("not used in these tests");
    }

    @Override
    public boolean isQuiet() {
        return true;
    }

    @Override
    public void close() {}
}
