package dev.hyperfleet.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.guest.GuestPorts;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.guest.v1.AwaitListenerRequest;
import dev.hyperfleet.guest.v1.ConnectRequest;
import dev.hyperfleet.guest.v1.PortsGrpc;
import dev.hyperfleet.guest.v1.PortsGrpc.PortsBlockingV2Stub;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** TCP ports of one guest, over gRPC. */
final class GrpcPorts implements GuestPorts {
    /** The agent's extra time beyond the timeout for the guest. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private final PortsBlockingV2Stub stub;
    private final GrpcErrors failures;
    private final GrpcCalls<PortsBlockingV2Stub> calls;

    GrpcPorts(ManagedChannel channel, GrpcErrors failures) {
        this.stub = PortsGrpc.newBlockingV2Stub(channel).withWaitForReady();
        this.failures = failures;
        this.calls = new GrpcCalls<>(stub, failures, GrpcPorts::refusal);
    }

    /** See port.proto. */
    static @Nullable ErrorCode refusal(Status.Code code) {
        return switch (code) {
            case FAILED_PRECONDITION -> ErrorCode.PORT_CLOSED;
            case DEADLINE_EXCEEDED -> ErrorCode.TIMEOUT;
            default -> null;
        };
    }

    @Override
    public PortConnection connect(int port, Duration timeout) {
        ConnectRequest.Open open = ConnectRequest.Open.newBuilder()
                .setPort(port)
                .setTimeoutMs(Math.toIntExact(timeout.toMillis()))
                .build();
        return GrpcPortConnection.open(stub.connect(), open, timeout.plus(MARGIN), failures);
    }

    @Override
    public void awaitListener(int port, Duration timeout) {
        AwaitListenerRequest request = AwaitListenerRequest.newBuilder()
                .setPort(port)
                .setTimeoutMs(Math.toIntExact(timeout.toMillis()))
                .build();
        var _ = calls.ask(timeout.plus(MARGIN), service -> service.awaitListener(request));
    }
}
