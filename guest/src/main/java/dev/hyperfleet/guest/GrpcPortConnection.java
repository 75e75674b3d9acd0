package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.guest.v1.ConnectRequest;
import dev.hyperfleet.guest.v1.ConnectResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A connection that the agent made inside the guest. */
final class GrpcPortConnection implements PortConnection {
    private static final int MAX_PIECE_BYTES = 64 << 10;

    private final BlockingClientCall<ConnectRequest, ConnectResponse> call;
    private ByteBuffer pending = ByteBuffer.allocate(0); // of the reading thread
    private volatile boolean ended;
    private volatile boolean outputEnded;

    private GrpcPortConnection(BlockingClientCall<ConnectRequest, ConnectResponse> call) {
        this.call = call;
    }

    static PortConnection open(
            BlockingClientCall<ConnectRequest, ConnectResponse> call,
            ConnectRequest.Open open,
            Duration timeout,
            GrpcErrors failures) {
        boolean opened = false;
        try {
            var _ = call.write(
                    ConnectRequest.newBuilder().setOpen(open).build(), timeout.toNanos(), TimeUnit.NANOSECONDS);
            @Nullable ConnectResponse first = call.read(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (first == null || !first.hasOpened()) {
                throw failures.outOfBounds("data before the connection");
            }
            opened = true;
            return new GrpcPortConnection(call);
        } catch (TimeoutException silent) {
            throw failures.of(
                    Status.UNAVAILABLE
                            .withDescription("it is silent")
                            .withCause(silent)
                            .asException(),
                    GrpcPorts::refusal);
        } catch (StatusException failure) {
            throw failures.of(failure, GrpcPorts::refusal);
        } catch (InterruptedException interrupted) {
            throw GrpcErrors.interrupted(interrupted);
        } finally {
            if (!opened) {
                call.cancel("not opened", null);
            }
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length, Duration timeout) throws IOException {
        if (!pending.hasRemaining() && !ended) {
            try {
                take(next(timeout));
            } catch (SocketTimeoutException late) {
                close();
                throw late;
            }
        }
        if (!pending.hasRemaining()) {
            return -1;
        }
        int count = Math.min(length, pending.remaining());
        pending.get(buffer, offset, count);
        return count;
    }

    private @Nullable ConnectResponse next(Duration timeout) throws IOException {
        try {
            return call.read(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException nothing) {
            throw new SocketTimeoutException("nothing arrived within " + timeout);
        } catch (StatusException failure) {
            throw broken(failure);
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
    }

    private void take(@Nullable ConnectResponse response) throws IOException {
        if (response == null) {
            throw new IOException("the agent has ended the connection before the guest did");
        }
        switch (response.getKindCase()) {
            case DATA -> {
                int size = response.getData().size();
                if (size == 0 || size > MAX_PIECE_BYTES) {
                    throw new IOException("the agent has sent a piece of %d bytes".formatted(size));
                }
                pending = response.getData().asReadOnlyByteBuffer();
            }
            case END -> ended = true;
            default -> throw new IOException("the agent has sent an unexpected message");
        }
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        for (int at = offset; at < offset + length; at += MAX_PIECE_BYTES) {
            // The bytes are copied into the message before the call returns.
            ByteString piece =
                    UnsafeByteOperations.unsafeWrap(buffer, at, Math.min(MAX_PIECE_BYTES, offset + length - at));
            try {
                if (!call.write(ConnectRequest.newBuilder().setData(piece).build())) {
                    throw new IOException("the guest has closed the connection");
                }
            } catch (StatusException failure) {
                throw broken(failure);
            } catch (InterruptedException interrupted) {
                throw interrupted(interrupted);
            }
        }
    }

    private static IOException broken(StatusException failure) {
        return new IOException("the connection to the port was lost", failure);
    }

    private static IOException interrupted(InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        IOException failure = new InterruptedIOException("the server is stopping");
        failure.initCause(interrupted);
        return failure;
    }

    @Override
    public void endOutput() {
        outputEnded = true;
        call.halfClose();
    }

    @Override
    public boolean isQuiet() {
        if (outputEnded || ended || pending.hasRemaining()) {
            return false;
        }
        try {
            take(next(Duration.ZERO));
            return false;
        } catch (SocketTimeoutException nothing) {
            return true;
        } catch (IOException broken) {
            return false;
        }
    }

    @Override
    public void close() {
        call.cancel("closed", null);
    }
}
