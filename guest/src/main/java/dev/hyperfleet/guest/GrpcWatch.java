package dev.hyperfleet.guest;

import dev.hyperfleet.core.guest.FileChange;
import dev.hyperfleet.core.guest.FileWatch;
import dev.hyperfleet.guest.v1.Change;
import dev.hyperfleet.guest.v1.ChangeKind;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Changes of files, as reported by an agent. */
final class GrpcWatch implements FileWatch {
    private final ResponseStream<Change> answers;
    private final GrpcErrors failures;
    private boolean over;

    private GrpcWatch(BlockingClientCall<?, Change> call, GrpcErrors failures) {
        this.answers = new ResponseStream<>(call, failures, GrpcErrors::ofFile);
        this.failures = failures;
    }

    /** Returns when the agent's watch is active. */
    static GrpcWatch open(BlockingClientCall<?, Change> call, GrpcErrors failures) {
        GrpcWatch watch = new GrpcWatch(call, failures);
        boolean opened = false;
        try {
            @Nullable Change first = watch.answers.nextInTime();
            if (first == null || first.getKind() != ChangeKind.CHANGE_NONE) {
                throw failures.outOfBounds("a change before the watch");
            }
            opened = true;
            return watch;
        } finally {
            if (!opened) {
                watch.close();
            }
        }
    }

    @Override
    public Optional<FileChange> next(Duration timeout) {
        try {
            @Nullable Change change = answers.next(timeout);
            over = change == null;
            return Optional.ofNullable(change).map(it -> FileMessages.change(it, failures));
        } catch (TimeoutException nothing) {
            return Optional.empty();
        }
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        answers.cancel();
    }
}
