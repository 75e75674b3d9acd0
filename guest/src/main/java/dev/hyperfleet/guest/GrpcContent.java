package dev.hyperfleet.guest;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.FileContent;
import dev.hyperfleet.guest.v1.ReadResponse;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A file's bytes, streamed from an agent. The agent waits while they are not read. */
final class GrpcContent extends InputStream {
    private final ResponseStream<ReadResponse> answers;
    private final GrpcErrors failures;
    private ByteBuffer piece = ByteBuffer.allocate(0);

    private GrpcContent(BlockingClientCall<?, ReadResponse> call, GrpcErrors failures) {
        this.answers = new ResponseStream<>(call, failures, GrpcErrors::ofFile);
        this.failures = failures;
    }

    /** Returns when the agent has sent the file's entry. */
    static FileContent open(BlockingClientCall<?, ReadResponse> call, GrpcErrors failures) {
        GrpcContent content = new GrpcContent(call, failures);
        boolean opened = false;
        try {
            @Nullable ReadResponse first = content.answers.nextInTime();
            if (first == null || !first.hasEntry()) {
                throw failures.outOfBounds("a file's bytes before the file");
            }
            FileContent answer = new FileContent(FileMessages.entry(first.getEntry(), failures), content);
            opened = true;
            return answer;
        } finally {
            if (!opened) {
                content.close();
            }
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!piece.hasRemaining() && !fill()) {
            return -1;
        }
        int count = Math.min(length, piece.remaining());
        piece.get(into, at, count);
        return count;
    }

    private boolean fill() throws IOException {
        try {
            @Nullable ReadResponse response = answers.nextInTime();
            if (response == null) {
                return false;
            }
            if (response.getData().isEmpty()) {
                throw failures.outOfBounds("a piece of a file without bytes");
            }
            piece = response.getData().asReadOnlyByteBuffer();
            return true;
        } catch (HyperfleetException failure) {
            throw new IOException(failure.getMessage(), failure);
        }
    }

    @Override
    public void close() {
        answers.cancel();
    }
}
