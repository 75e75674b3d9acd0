package dev.hyperfleet.proxy;

import dev.hyperfleet.core.guest.PortConnection;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A guest that sends this text in pieces of a given size, and closes. */
record FakeConnection(ByteArrayInputStream said, int piece) implements PortConnection {
    static GuestResponse saying(String text, int piece) {
        return saying(text.getBytes(StandardCharsets.ISO_8859_1), piece);
    }

    static GuestResponse saying(byte[] bytes, int piece) {
        return new GuestResponse(new FakeConnection(new ByteArrayInputStream(bytes), piece));
    }

    @Override
    public int read(byte[] buffer, int offset, int length, Duration timeout) {
        return said.read(buffer, offset, Math.min(length, piece));
    }

    @Override
    public void write(byte[] buffer, int offset, int length) {
        throw new UnsupportedOperationException("it only speaks");
    }

    @Override
    public void endOutput() {
        throw new UnsupportedOperationException("it only speaks");
    }

    @Override
    public boolean isQuiet() {
        return false;
    }

    @Override
    public void close() {}
}
