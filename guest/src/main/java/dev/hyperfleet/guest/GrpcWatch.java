package dev.hyperfleet.guest;

import dev.hyperfleet.core.guest.FileChange;
import dev.hyperfleet.core.guest.FileWatch;
import dev.hyperfleet.guest.v1.Change;
import dev.hyperfleet.guest.v1.ChangeKind;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Changes of files, as an agent tells of them. */
final class GrpcWatch implements FileWatch {
    private final BlockingClientCall<?, Change> call;
    private final Failures failures;
    private boolean over;

    private GrpcWatch(BlockingClientCall<?, Change> call, Failures failures) {
        this.call = call;
        this.failures = failures;
    }

    /** Returns when the agent watches. */
    static GrpcWatch open(BlockingClientCall<?, Change> call, Failures failures) {
        GrpcWatch watch = new GrpcWatch(call, failures);
        boolean opened = false;
        try {
            Change first = watch.receive(Calls.PATIENCE)
                    .orElseThrow(() -> failures.of(Status.DEADLINE_EXCEEDED.asRuntimeException(), Failures::ofFile));
            if (first.getKind() != ChangeKind.CHANGE_NONE) {
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
        return receive(timeout).map(change -> FileMessages.change(change, failures));
    }

    private Optional<Change> receive(Duration timeout) {
        try {
            @Nullable Change change = call.read(timeout.toNanos(), TimeUnit.NANOSECONDS);
            over = change == null;
            return Optional.ofNullable(change);
        } catch (TimeoutException nothing) {
            return Optional.empty();
        } catch (StatusException failure) {
            throw failures.of(failure, Failures::ofFile);
        } catch (InterruptedException interrupted) {
            throw Failures.interrupted(interrupted);
        }
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        call.cancel("closed", null);
    }
}
