package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.GuestProcess;
import dev.hyperfleet.core.guest.ProcessOutput;
import dev.hyperfleet.guest.v1.AttachRequest;
import dev.hyperfleet.guest.v1.AttachResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A process's input and output, over gRPC. What the agent sends must be consistent with what it sent before. */
final class GrpcAttachment implements Attachment {
    private static final int MAX_INPUT_BYTES = 64 << 10;
    private static final int MAX_PIECE_BYTES = 64 << 10;

    private final BlockingClientCall<AttachRequest, AttachResponse> call;
    private final ResponseStream<AttachResponse> answers;
    private final AttachRequest.Open open;
    private final GrpcErrors failures;
    private final Function<Status.Code, @Nullable ErrorCode> refusals;
    private final GuestProcess process;
    private long expected; // offset of the next byte; meaningless while bytes are skipped
    private boolean ended;

    private GrpcAttachment(
            BlockingClientCall<AttachRequest, AttachResponse> call,
            AttachRequest.Open open,
            GrpcErrors failures,
            Function<Status.Code, @Nullable ErrorCode> refusals) {
        this.call = call;
        this.answers = new ResponseStream<>(call, failures, refusals);
        this.open = open;
        this.failures = failures;
        this.refusals = refusals;
        this.process = begin();
        this.expected = open.getFromEnd() ? process.outputNext() : open.getOffset();
    }

    static GrpcAttachment open(
            BlockingClientCall<AttachRequest, AttachResponse> call,
            AttachRequest.Open open,
            GrpcErrors failures,
            Function<Status.Code, @Nullable ErrorCode> refusals) {
        boolean opened = false;
        try {
            GrpcAttachment attachment = new GrpcAttachment(call, open, failures, refusals);
            opened = true;
            return attachment;
        } finally {
            if (!opened) {
                call.cancel("not opened", null);
            }
        }
    }

    private GuestProcess begin() {
        try {
            var _ = call.write(
                    AttachRequest.newBuilder().setOpen(open).build(),
                    GrpcCalls.PATIENCE.toNanos(),
                    TimeUnit.NANOSECONDS);
        } catch (TimeoutException silent) {
            throw failures.of(Status.DEADLINE_EXCEEDED.withCause(silent).asException(), refusals);
        } catch (StatusException failure) {
            throw failures.of(failure, refusals);
        } catch (InterruptedException interrupted) {
            throw GrpcErrors.interrupted(interrupted);
        }
        AttachResponse response = present(answers.nextInTime());
        if (!response.hasProcess()) {
            throw failures.outOfBounds("output before the process");
        }
        return ProcessMessages.process(response.getProcess(), failures);
    }

    @Override
    public GuestProcess process() {
        return process;
    }

    @Override
    public Optional<ProcessOutput> next(Duration timeout) {
        if (ended) {
            throw new IllegalStateException("nothing follows the end");
        }
        try {
            return Optional.of(output(present(answers.next(timeout))));
        } catch (TimeoutException nothing) {
            return Optional.empty();
        }
    }

    private ProcessOutput output(AttachResponse response) {
        return switch (response.getKindCase()) {
            case OUTPUT -> piece(response.getOutput());
            case GAP -> gap(response.getGap());
            case END -> {
                ended = true;
                yield new ProcessOutput.End(ProcessMessages.process(response.getEnd(), failures));
            }
            default -> throw failures.outOfBounds("an unknown kind of output");
        };
    }

    private ProcessOutput.Piece piece(AttachResponse.Output output) {
        ByteString data = output.getData();
        boolean follows = open.getLimit() > 0 ? output.getOffset() >= expected : output.getOffset() == expected;
        if (!follows || data.isEmpty() || data.size() > MAX_PIECE_BYTES || output.getOffset() > Long.MAX_VALUE / 2) {
            throw failures.outOfBounds("output that does not follow from what came before");
        }
        expected = output.getOffset() + data.size();
        ProcessOutput.Stream stream = switch (output.getStream()) {
            case STDOUT -> ProcessOutput.Stream.STDOUT;
            case STDERR -> ProcessOutput.Stream.STDERR;
            default -> throw failures.outOfBounds("output of an unknown stream");
        };
        return new ProcessOutput.Piece(stream, output.getOffset(), data.toByteArray());
    }

    private ProcessOutput.Gap gap(AttachResponse.Gap gap) {
        boolean follows = gap.getFrom() >= 0 && (open.getLimit() > 0 || gap.getFrom() == expected);
        if (!follows || gap.getTo() <= gap.getFrom() || gap.getTo() > Long.MAX_VALUE / 2) {
            throw failures.outOfBounds("a gap that does not follow from what came before");
        }
        expected = gap.getTo();
        return new ProcessOutput.Gap(gap.getFrom(), gap.getTo());
    }

    @Override
    public void write(byte[] data) {
        for (int at = 0; at < data.length; at += MAX_INPUT_BYTES) {
            ByteString piece = ByteString.copyFrom(data, at, Math.min(MAX_INPUT_BYTES, data.length - at));
            send(AttachRequest.newBuilder().setInput(piece).build());
        }
    }

    @Override
    public void endInput() {
        send(AttachRequest.newBuilder()
                .setEndOfInput(AttachRequest.EndOfInput.getDefaultInstance())
                .build());
    }

    /** Waits while too much is in flight. Data sent after the stream's end is dropped: the reader gets the reason. */
    private void send(AttachRequest request) {
        try {
            var _ = call.write(request);
        } catch (StatusException failure) {
            throw failures.of(failure, refusals);
        } catch (InterruptedException interrupted) {
            throw GrpcErrors.interrupted(interrupted);
        }
    }

    /** The stream ends when the process ends, and not earlier. */
    private AttachResponse present(@Nullable AttachResponse response) {
        if (response == null) {
            throw new HyperfleetException(
                    ErrorCode.GUEST_ERROR,
                    "The agent in machine %s has ended the stream before the process ended".formatted(failures.id()));
        }
        return response;
    }

    @Override
    public void close() {
        answers.cancel();
    }
}
