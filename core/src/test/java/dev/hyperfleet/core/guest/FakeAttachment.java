package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.time.Duration;
import java.util.Optional;

/** One attached client of a {@link FakeProcess}. */
final class FakeAttachment implements Attachment {
    private final FakeProcess process;
    private final ReadOptions options;
    private long offset;
    private volatile boolean closed;

    FakeAttachment(FakeProcess process, ReadOptions options) {
        this.process = process;
        this.options = options;
        this.offset = options.offset().orElse(process.look().outputNext());
    }

    @Override
    public GuestProcess process() {
        return process.look();
    }

    @Override
    public Optional<ProcessOutput> next(Duration timeout) {
        if (closed) {
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "it was closed");
        }
        Optional<ProcessOutput> next =
                process.from(offset, options.follow(), System.nanoTime() + timeout.toNanos(), () -> closed);
        if (next.isPresent() && next.get() instanceof ProcessOutput.Piece piece) {
            offset = piece.end();
        }
        return next;
    }

    @Override
    public void write(byte[] data) {
        process.print(data);
    }

    @Override
    public void endInput() {
        process.exit(0);
    }

    @Override
    public void close() {
        closed = true;
        process.wake();
    }
}
