package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.ExecRequest;
import dev.hyperfleet.core.ExecResult;
import dev.hyperfleet.core.Guest;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.guest.v1.AgentGrpc;
import dev.hyperfleet.guest.v1.AgentGrpc.AgentBlockingStub;
import dev.hyperfleet.guest.v1.ExecResponse;
import dev.hyperfleet.guest.v1.GetStatusRequest;
import dev.hyperfleet.guest.v1.GetStatusResponse;
import dev.hyperfleet.guest.v1.ShutdownRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The agent in one guest, by gRPC. */
final class GrpcGuest implements Guest {
    private static final int PROTOCOL_VERSION = 1;

    /** What an answer may take on top of what was asked for; an emulated guest under load is slow. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration SHUTDOWN_PATIENCE = Duration.ofSeconds(3);
    private static final int MAX_EXIT_CODE = 255;
    private static final int MAX_DESCRIPTION = 500;

    /** How the agent says that a command cannot be started; see agent.proto. */
    private static final Set<Status.Code> REFUSALS =
            Set.of(Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND, Status.Code.PERMISSION_DENIED);

    private final MachineId id;
    private final ManagedChannel channel;
    private final AgentBlockingStub agent;

    GrpcGuest(MachineId id, ManagedChannel channel) {
        this.id = id;
        this.channel = channel;
        this.agent = AgentGrpc.newBlockingStub(channel).withWaitForReady();
    }

    @Override
    public void awaitReady(Duration timeout) {
        GetStatusResponse status =
                call(timeout, Set.of(), () -> within(timeout).getStatus(GetStatusRequest.getDefaultInstance()));
        if (status.getProtocolVersion() != PROTOCOL_VERSION) {
            throw new HyperfleetException(
                    ErrorCode.GUEST_ERROR,
                    "The agent in machine %s speaks version %d of the protocol, and this server %d. Build the initramfs anew."
                            .formatted(id, Integer.toUnsignedLong(status.getProtocolVersion()), PROTOCOL_VERSION));
        }
    }

    @Override
    public ExecResult exec(ExecRequest request) {
        Duration deadline = request.timeout().plus(PATIENCE);
        ExecResponse response = call(deadline, REFUSALS, () -> within(deadline).exec(message(request)));
        ByteString stdout = response.getStdout();
        ByteString stderr = response.getStderr();
        if (stdout.size() > ExecResult.OUTPUT_LIMIT_BYTES
                || stderr.size() > ExecResult.OUTPUT_LIMIT_BYTES
                || Integer.compareUnsigned(response.getExitCode(), MAX_EXIT_CODE) > 0) {
            throw new HyperfleetException(
                    ErrorCode.GUEST_ERROR,
                    "The agent in machine %s gave an answer that is out of bounds".formatted(id));
        }
        return new ExecResult(
                response.getExitCode(),
                stdout.toByteArray(),
                stderr.toByteArray(),
                response.getTimedOut(),
                response.getTruncated(),
                Duration.ofMillis(Math.clamp(response.getDurationMs(), 0, deadline.toMillis())));
    }

    private static dev.hyperfleet.guest.v1.ExecRequest message(ExecRequest request) {
        return dev.hyperfleet.guest.v1.ExecRequest.newBuilder()
                .addAllCommand(request.command())
                .putAllEnv(request.environment())
                .setCwd(request.directory().orElse(""))
                .setUser(request.user().orElse(""))
                .setStdin(ByteString.copyFrom(request.stdin()))
                .setTimeoutMs(Math.toIntExact(request.timeout().toMillis()))
                .setOutputLimit(ExecResult.OUTPUT_LIMIT_BYTES)
                .build();
    }

    @Override
    public void shutdown(Duration grace) {
        ShutdownRequest request = ShutdownRequest.newBuilder()
                .setGraceMs(Math.toIntExact(grace.toMillis()))
                .build();
        var _ = call(
                SHUTDOWN_PATIENCE, Set.of(), () -> within(SHUTDOWN_PATIENCE).shutdown(request));
    }

    private AgentBlockingStub within(Duration timeout) {
        return agent.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The call's answer; a refusal is the user's error, any other failure the guest's. */
    private <T> T call(Duration timeout, Set<Status.Code> refusals, Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException failure) {
            if (refusals.contains(failure.getStatus().getCode())) {
                throw new HyperfleetException(
                        ErrorCode.BAD_REQUEST,
                        String.valueOf(failure.getStatus().getDescription()),
                        failure);
            }
            throw translate(failure, timeout);
        }
    }

    private HyperfleetException translate(StatusRuntimeException failure, Duration timeout) {
        Status status = failure.getStatus();
        String description = readable(String.valueOf(status.getDescription()));
        return switch (status.getCode()) {
            case DEADLINE_EXCEEDED ->
                new HyperfleetException(
                        ErrorCode.GUEST_ERROR,
                        "The agent in machine %s has not answered within %d s".formatted(id, timeout.toSeconds()),
                        failure);
            default ->
                new HyperfleetException(
                        ErrorCode.GUEST_ERROR,
                        "The agent in machine %s could not be asked: %s".formatted(id, description),
                        failure);
        };
    }

    /** The guest has written it: it may hold anything, of any length. */
    private static String readable(String description) {
        String safe = description.replaceAll("[\\p{Cc}\\p{Cf}]", "\ufffd");
        return safe.length() <= MAX_DESCRIPTION ? safe : safe.substring(0, MAX_DESCRIPTION) + "…";
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
