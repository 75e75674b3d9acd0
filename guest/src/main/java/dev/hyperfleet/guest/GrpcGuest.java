package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.BusyWatch;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestMetrics;
import dev.hyperfleet.core.guest.GuestPorts;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.guest.v1.Activity;
import dev.hyperfleet.guest.v1.AgentGrpc;
import dev.hyperfleet.guest.v1.AgentGrpc.AgentBlockingV2Stub;
import dev.hyperfleet.guest.v1.FreezeRequest;
import dev.hyperfleet.guest.v1.GetMetricsRequest;
import dev.hyperfleet.guest.v1.GetMetricsResponse;
import dev.hyperfleet.guest.v1.GetStatusRequest;
import dev.hyperfleet.guest.v1.GetStatusResponse;
import dev.hyperfleet.guest.v1.Identity;
import dev.hyperfleet.guest.v1.RenewRequest;
import dev.hyperfleet.guest.v1.RenewResponse;
import dev.hyperfleet.guest.v1.ShutdownRequest;
import dev.hyperfleet.guest.v1.WatchActivityRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.time.InstantSource;

/** The agent in one guest, over gRPC. */
final class GrpcGuest implements Guest {
    /** The version of protocol/guest/v1. */
    static final int PROTOCOL_VERSION = 5;

    /** The version of release 0.1, whose machines keep running. Their agents lack StepClock, which the server reports. */
    private static final int OLDEST_VERSION = 3;

    /** The first version whose agents wait for being renewed. */
    private static final int RENEWABLE_VERSION = 5;

    private static final Duration SHUTDOWN_PATIENCE = Duration.ofSeconds(3);
    private static final int MAX_RENEWALS = 3;
    private static final double PERCENT = 100;

    private final MachineId id;
    private final ManagedChannel channel;
    private final RestoreCheck check;
    private final AgentBlockingV2Stub activity;
    private final GrpcCalls<AgentBlockingV2Stub> agent;
    private final GrpcCalls<AgentBlockingV2Stub> hooks;
    private final GrpcProcesses processes;
    private final GrpcFiles files;
    private final GrpcPorts ports;

    /** The agent's, as far as it is known. */
    private volatile long version = PROTOCOL_VERSION;

    GrpcGuest(MachineId id, ManagedChannel channel, RestoreCheck check) {
        this.id = id;
        this.channel = channel;
        this.check = check;
        GrpcErrors failures = new GrpcErrors(id);
        this.activity = AgentGrpc.newBlockingV2Stub(channel).withWaitForReady();
        this.agent = new GrpcCalls<>(activity, failures, GrpcErrors::ofAgent);
        this.hooks = new GrpcCalls<>(activity, failures, GrpcErrors::ofHook);
        this.processes = new GrpcProcesses(channel, failures);
        this.files = new GrpcFiles(channel, failures);
        this.ports = new GrpcPorts(channel, failures);
    }

    @Override
    public void awaitReady(Duration timeout) {
        GetStatusResponse status = agent.ask(timeout, stub -> stub.getStatus(GetStatusRequest.getDefaultInstance()));
        requireVersion(status.getProtocolVersion());
    }

    private void requireVersion(int protocolVersion) {
        version = Integer.toUnsignedLong(protocolVersion);
        if (version < OLDEST_VERSION || version > PROTOCOL_VERSION) {
            throw new HyperfleetException(
                    ErrorCode.GUEST_ERROR,
                    ("The agent in machine %s speaks version %d of the protocol, this server versions %d to %d: the initramfs "
                                    + "is from another release. Rebuild it with hyperfleet setup, and start the machine again")
                            .formatted(id, version, OLDEST_VERSION, PROTOCOL_VERSION));
        }
    }

    @Override
    public void setClock(InstantSource host, Duration late, Duration timeout) {
        new GuestClock(id, agent).set(host, late, timeout);
    }

    @Override
    public void freeze(Duration timeout) {
        var _ = hooks.ask(timeout, stub -> stub.freeze(FreezeRequest.getDefaultInstance()));
    }

    @Override
    public Duration renew(Renewal renewal, InstantSource host, Duration timeout) {
        if (version < RENEWABLE_VERSION) {
            return Duration.ZERO;
        }
        RenewRequest.Builder request = RenewRequest.newBuilder()
                .setEntropy(ByteString.copyFrom(renewal.entropy()))
                .setRestored(renewal.restored())
                .setWaiting(renewal.waiting())
                .setTimeUs(Messages.micros(host.instant()));
        renewal.identity()
                .ifPresent(own -> request.setIdentity(Identity.newBuilder()
                        .setHostname(own.hostname())
                        .setAddress(own.address())
                        .setGateway(own.gateway())
                        .setDns(own.dns().orElse(""))
                        .setMac(own.mac())));
        RenewResponse response = hooks.ask(timeout, stub -> renew(stub, request.build()));
        Duration late = Duration.between(Messages.instantOfMicros(response.getTimeUs()), host.instant());
        requireVersion(response.getProtocolVersion());
        if (renewal.restored()) {
            check.require(id, renewal.identity(), response);
        }
        return late;
    }

    /** Firecracker ends all connections to a guest that it saves, which shows only when they are used. */
    private RenewResponse renew(AgentBlockingV2Stub stub, RenewRequest request) throws StatusException {
        for (int attempt = 1; ; attempt++) {
            try {
                return stub.renew(request);
            } catch (StatusException failure) {
                boolean lost = failure.getStatus().getCode() == Status.Code.UNAVAILABLE && !channel.isShutdown();
                if (!lost || attempt == MAX_RENEWALS) {
                    throw failure;
                }
            }
        }
    }

    @Override
    public GuestProcesses processes() {
        return processes;
    }

    @Override
    public GuestFiles files() {
        return files;
    }

    @Override
    public GuestPorts ports() {
        return ports;
    }

    @Override
    public BusyWatch watchBusy() {
        BlockingClientCall<?, Activity> call = activity.watchActivity(WatchActivityRequest.getDefaultInstance());
        return new GrpcBusyWatch(new ResponseStream<>(call, new GrpcErrors(id), GrpcErrors::ofAgent));
    }

    @Override
    public GuestMetrics metrics() {
        GetMetricsResponse response = agent.ask(stub -> stub.getMetrics(GetMetricsRequest.getDefaultInstance()));
        return new GuestMetrics(
                Messages.duration(response.getUptimeMs()),
                Messages.duration(response.getCpuMs()),
                Messages.count(response.getCpus()),
                Messages.amount(response.getMemoryTotal()),
                Messages.amount(response.getMemoryAvailable()),
                Messages.amount(response.getDiskTotal()),
                Messages.amount(response.getDiskAvailable()),
                Messages.amount(response.getNetworkReceived()),
                Messages.amount(response.getNetworkSent()),
                Messages.count(response.getLoadPercent()) / PERCENT,
                Messages.count(response.getProcesses()));
    }

    @Override
    public void shutdown(Duration grace) {
        ShutdownRequest request = ShutdownRequest.newBuilder()
                .setGraceMs(Math.toIntExact(grace.toMillis()))
                .build();
        var _ = agent.ask(SHUTDOWN_PATIENCE, stub -> stub.shutdown(request));
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
