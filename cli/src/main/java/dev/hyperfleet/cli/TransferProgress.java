package dev.hyperfleet.cli;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Shows the progress of a transfer on a terminal. */
final class TransferProgress implements AutoCloseable {
    private static final long SHOW_EVERY_NANOSECONDS = 100_000_000;
    private static final int BAR_WIDTH = 30;
    private static final double MIB = 1 << 20;

    private final String name;
    private final long size; // negative: unknown
    private final boolean shown = LocalTerminal.isThere();
    private long count;
    private long last = System.nanoTime();
    private boolean showed;

    TransferProgress(String name, long size) {
        this.name = TerminalText.line(name);
        this.size = size;
    }

    /** The stream; bytes read from it are counted. */
    InputStream of(InputStream stream) {
        return new FilterInputStream(stream) {
            @Override
            public int read() throws IOException {
                int one = super.read();
                count(one < 0 ? 0 : 1);
                return one;
            }

            @Override
            public int read(byte[] into, int at, int length) throws IOException {
                int read = super.read(into, at, length);
                count(Math.max(0, read));
                return read;
            }
        };
    }

    /** The stream; bytes written to it are counted. */
    OutputStream of(OutputStream stream) {
        return new FilterOutputStream(stream) {
            @Override
            public void write(int one) throws IOException {
                out.write(one);
                count(1);
            }

            @Override
            public void write(byte[] from, int at, int length) throws IOException {
                out.write(from, at, length);
                count(length);
            }
        };
    }

    private void count(int bytes) {
        count += bytes;
        if (shown && System.nanoTime() - last > SHOW_EVERY_NANOSECONDS) {
            last = System.nanoTime();
            showed = true;
            System.err.printf("\r%s %s%.1f MiB\u001b[K", name, bar(), count / MIB);
            System.err.flush();
        }
    }

    private String bar() {
        if (size <= 0) {
            return "";
        }
        int full = (int) Math.min(BAR_WIDTH, count * BAR_WIDTH / size);
        return "[%s%s] %d %%, "
                .formatted("#".repeat(full), " ".repeat(BAR_WIDTH - full), Math.min(100, count * 100 / size));
    }

    /** Erases the line. */
    @Override
    public void close() {
        if (showed) {
            System.err.print("\r\u001b[K");
        }
    }
}
