package dev.hyperfleet.core.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Watches the contents of a folder of {@link FakeFiles}. */
final class FakeFileWatch implements FileWatch {
    private final String prefix;
    private final Consumer<FakeFileWatch> onClose;
    private final BlockingQueue<Optional<FileChange>> changes = new LinkedBlockingQueue<>();
    private volatile boolean over;

    FakeFileWatch(String prefix, Consumer<FakeFileWatch> onClose) {
        this.prefix = prefix;
        this.onClose = onClose;
    }

    void offer(FileChange change) {
        if (change.path().text().orElseThrow().startsWith(prefix)) {
            changes.add(Optional.of(change));
        }
    }

    @Override
    public Optional<FileChange> next(Duration timeout) {
        try {
            return Optional.ofNullable(changes.poll(timeout.toNanos(), TimeUnit.NANOSECONDS))
                    .flatMap(change -> change);
        } catch (InterruptedException interrupted) {
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "interrupted", interrupted);
        }
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        over = true;
        changes.add(Optional.empty()); // ends a wait
        onClose.accept(this);
    }
}
